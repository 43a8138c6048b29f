"""The interface speaks Dutch: every message is found, translated, whole, and compiled."""

import ast
import gettext
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation.template import templatize

from tests.house.test_storeys import ROOT, STOREYS

pytestmark = pytest.mark.house

CATALOGUE = ROOT / "locale" / "nl" / "LC_MESSAGES"
SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|</?\w+")


@dataclass
class Message:
    """One entry of a catalogue; `texts` holds one Dutch form, or two where there is a plural."""

    context: str | None = None
    msgid: str = ""
    plural: str | None = None
    texts: dict[int, str] = field(default_factory=dict)
    flags: str = ""

    @property
    def key(self) -> str:
        """As a compiled catalogue writes it."""
        return f"{self.context}\x04{self.msgid}" if self.context is not None else self.msgid


def messages_of(source: str) -> list[Message]:
    """The entries of a .po file, without its head."""
    found = [_message(block) for block in re.split(r"\n\s*\n", source.strip())]
    return [message for message in found if message.msgid]


def _message(block: str) -> Message:
    message, word, index = Message(), "", 0
    for line in block.splitlines():
        if line.startswith("#"):
            message.flags += line
            continue
        head, index_text, text = re.fullmatch(r'(?:(\w+)(?:\[(\d)\])? )?(".*")', line).groups()  # type: ignore[union-attr]
        word, index = head or word, int(index_text or (index if not head else 0))
        _append(message, word, index, ast.literal_eval(text))
    return message


def _append(message: Message, word: str, index: int, text: str) -> None:
    if word == "msgstr":
        message.texts[index] = message.texts.get(index, "") + text
    elif word == "msgid":
        message.msgid += text
    elif word == "msgid_plural":
        message.plural = (message.plural or "") + text
    elif word == "msgctxt":
        message.context = (message.context or "") + text


def faults_of(message: Message) -> list[str]:
    """What is wrong with a translation: nothing there, a guess, other placeholders, other white space."""
    wanted = 1 if message.plural is None else 2
    texts = [message.texts.get(index, "") for index in range(wanted)]
    if not all(texts):
        return ["not translated"]
    sources = [message.msgid, message.plural or message.msgid]
    faults = ["fuzzy"] if "fuzzy" in message.flags else []
    # A singular may say "one" where the plural counts, and the other way round.
    held = [[_held(source) for source in sources], [_held(sources[1])]]
    faults += ["placeholders differ" for i, text in enumerate(texts) if _held(text) not in held[i]]
    return faults + ["white space differs" for text in texts if _edges(text) != _edges(message.msgid)]


def _held(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def asked_by_module(source: str) -> Iterator[str]:
    """The keys that a module asks translations of."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield from _keys(name, texts)


def _keys(name: str, texts: list[str]) -> Iterator[str]:
    if name in SINGLE | PLURAL and texts and texts[0]:
        yield texts[0]
    elif name in CONTEXT and len(texts) > 1:
        yield f"{texts[0]}\x04{texts[1]}"


_TEXT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CALL = re.compile(rf"\b(_|gettext|ngettext|pgettext)\(\s*u?{_TEXT}(?:,\s*u?{_TEXT})?")


def asked_by_template(source: str) -> Iterator[str]:
    """The keys that a template asks translations of."""
    for name, first, second in _CALL.findall(templatize(source, origin="a template")):
        yield from _keys(name, [ast.literal_eval(text) for text in (first, second) if text])


def aliases_of(source: str) -> list[str]:
    """Names under which a module imports translation that the extraction does not know."""
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    names = [name for node in imports if node.module == "django.utils.translation" for name in node.names]
    return [name.asname for name in names if name.asname and name.asname not in SINGLE | PLURAL | CONTEXT]


# The style guide shows components to those who build pages; its words are examples.
SAMPLES = {"styleguide.html"}
# Words that are the same in every language: the product, formats, keys of the keyboard, names.
SAME = {"Bowtie", "CSV", "XLSX", "Nederlands", "esc", "T", "dry", "run"}
SPOKEN = {"aria-label", "title", "placeholder", "alt", "question", "caption", "label", "legend", "hint", "note"}
QUIET = {"script", "style", "code", "kbd", "svg", "pre", "c-vars"}


class _Words(HTMLParser):
    """Collects the words of a page that stand outside tags, and in attributes that are read or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in QUIET and tag != "c-vars":
            self.quiet.append(tag)
        elif tag != "c-vars":
            self._attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in QUIET:
            self._attributes(tag, attrs)

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        spoken = SPOKEN | {"name"} if tag.startswith("c-") and tag != "c-slot" else SPOKEN
        self.found += [value for name, value in attrs if name in spoken and value]

    def handle_endtag(self, tag: str) -> None:
        if self.quiet and self.quiet[-1] == tag:
            self.quiet.pop()

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.found.append(data)


_SPOKEN_BY_TAGS = re.compile(
    r"\{#.*?#\}|\{% comment.*?endcomment %\}|\{% block page_class.*?endblock page_class %\}"
    r"|\{% blocktrans.*?endblocktrans\w* %\}|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)


def bare_words(source: str) -> list[str]:
    """Words of a template that no translation reaches."""
    page = _Words()
    page.feed(_SPOKEN_BY_TAGS.sub(" ", source))
    return [word for text in page.found for word in re.findall(r"[^\W\d_]{2,}", text) if word not in SAME]


def _modules() -> list[Path]:
    return [path for room in STOREYS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


def _templates() -> list[Path]:
    return sorted(
        path
        for path in (ROOT / "templates").rglob("*")
        if path.name not in SAMPLES and path.suffix in {".html", ".txt"}
    )


@pytest.fixture(scope="module")
def catalogue() -> list[Message]:
    return messages_of((CATALOGUE / "django.po").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compiled() -> dict:
    with (CATALOGUE / "django.mo").open("rb") as file:
        return {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}  # type: ignore[attr-defined]


def test_every_message_has_a_whole_dutch_text(catalogue):
    found = {message.key: faults_of(message) for message in catalogue}
    assert {key: faults for key, faults in found.items() if faults} == {}


def test_the_compiled_catalogue_holds_what_the_written_one_says(catalogue, compiled):
    written = {m.key: m.texts[0] for m in catalogue if m.plural is None}
    written |= {(m.key, index): text for m in catalogue if m.plural is not None for index, text in m.texts.items()}
    assert written == compiled


def test_every_message_of_the_code_is_in_the_catalogue(catalogue):
    known = {message.key for message in catalogue}
    asked = {str(p.relative_to(ROOT)): set(asked_by_module(p.read_text(encoding="utf-8"))) for p in _modules()}
    assert {name: keys - known for name, keys in asked.items() if keys - known} == {}


def test_every_message_of_the_templates_is_in_the_catalogue(catalogue):
    known = {message.key for message in catalogue}
    asked = {str(p.relative_to(ROOT)): set(asked_by_template(p.read_text(encoding="utf-8"))) for p in _templates()}
    assert {name: keys - known for name, keys in asked.items() if keys - known} == {}


def test_translation_is_imported_by_names_that_the_extraction_knows():
    found = {str(path.relative_to(ROOT)): aliases_of(path.read_text(encoding="utf-8")) for path in _modules()}
    assert {name: aliases for name, aliases in found.items() if aliases} == {}


def test_no_template_holds_words_that_cannot_be_translated():
    found = {str(path.relative_to(ROOT)): bare_words(path.read_text(encoding="utf-8")) for path in _templates()}
    assert {name: words for name, words in found.items() if words} == {}


def test_the_glossary_and_the_interface_use_the_same_words(compiled):
    """The words that a reader meets most, as docs/glossary.md gives them."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    dutch = {english.strip().lower(): word.strip() for english, word in rows}
    for word in ("Account", "Annual value", "Attach rate", "Level", "Next step", "Notice", "Owner", "Serial", "Site"):
        if word in compiled:
            assert compiled[word].lower() == dutch[word.lower()], word


def test_steps_of_playbooks_are_said_in_dutch():
    from playbooks.library import LibraryPolicy

    with translation.override("nl"):
        titles = [step.title for book in LibraryPolicy().playbooks for step in book.steps]
        assert [title for title in titles if translation.gettext(title) == title] == []


def _written(text: str, plural: str = "", *forms: str, flags: str = "") -> list[str]:
    message = Message(msgid=text, plural=plural or None, texts=dict(enumerate(forms)), flags=flags)
    return faults_of(message)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (_written("Renewal", "", "Verlenging"), []),
        (_written("Renewal", "", ""), ["not translated"]),
        (_written("Renewal", "", "Verlenging", flags="#, fuzzy"), ["fuzzy"]),
        (_written("by %(day)s", "", "uiterlijk %(dag)s"), ["placeholders differ"]),
        (_written("<b>{}</b> left", "", "nog {}"), ["placeholders differ"]),
        (_written("one person", "{n} people", "één persoon", "{n} personen"), []),
        (_written("one person", "{n} people", "één persoon", "personen"), ["placeholders differ"]),
        (_written("one person", "{n} people", "één persoon"), ["not translated"]),
        (_written(" or ", "", "of"), ["white space differs"]),
    ],
)
def test_faults(faults, expected):
    assert faults == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<p>{% translate "Serial" %}: {{ serial }}</p>', []),
        ("<p>Serial: {{ serial }}</p>", ["Serial"]),
        ('<button aria-label="Close">×</button>', ["Close"]),
        ('<c-stat name="Machines" value="3" />', ["Machines"]),
        ('<input name="verb"><a class="button" href="/">CSV</a>', []),
        ("{# a remark #}{% blocktranslate %}All of it{% endblocktranslate %}<svg><title>x y</title></svg>", []),
    ],
)
def test_bare_words(source, expected):
    assert bare_words(source) == expected


def test_messages_of_a_catalogue():
    source = 'msgid ""\nmsgstr "head"\n\n#, python-format\nmsgctxt "tier"\nmsgid ""\n"Gr"\n"een"\nmsgstr "Groen"\n'
    source += '\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s dag"\nmsgstr[1] ""\n"%(n)s dagen"\n'
    first, second = messages_of(source)
    assert (first.key, first.texts) == ("tier\x04Green", {0: "Groen"})
    assert (second.plural, second.texts) == ("%(n)s days", {0: "%(n)s dag", 1: "%(n)s dagen"})


def test_keys_of_code_and_templates():
    code = 'x = _("One")\ny = ngettext("a day", "days", n)\nz = pgettext_lazy("tier", "Green")\nw = other("No")'
    assert set(asked_by_module(code)) == {"One", "a day", "tier\x04Green"}
    page = '{% translate "One" %}{% blocktranslate count n=n %}a day{% plural %}{{ n }} days{% endblocktranslate %}'
    assert set(asked_by_template(page + "{{ x|default:_('Two') }}")) == {"One", "a day", "Two"}
    assert aliases_of("from django.utils.translation import gettext_lazy as _l") == ["_l"]
