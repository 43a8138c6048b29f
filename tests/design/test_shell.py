"""The shell: words that exist, the reader's settings, the read-only note; components escape their inputs."""

from datetime import date

import pytest
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import resolve
from django_cotton.compiler_regex import CottonCompiler

from core.context import shell
from core.models import Organisation, User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.design.urls")]


@pytest.fixture
def reader():
    return User.objects.create_user(
        "marloes",
        "m@example.com",
        "a-long-password",
        first_name="Marloes",
        last_name="de Wit",
        theme="dark",
        density="compact",
    )


def page(client: Client) -> str:
    response = client.get("/styleguide/")
    assert response.status_code == 200
    return response.content.decode()


def test_only_words_whose_pages_exist_are_shown(client, reader):
    client.force_login(reader)
    markup = page(client)
    assert '<a href="/d/today/">Today</a>' in markup and '<a href="/renewals/queue/">Renewals</a>' in markup
    assert "Pipeline" not in markup.split("</nav>")[0]


@pytest.mark.parametrize(
    ("address", "word"), [("/d/today/", "Today"), ("/renewals/queue/", "Renewals"), ("/d/bowtie/", "The bowtie")]
)
def test_the_current_word_is_lit(address, word):
    request = RequestFactory().get(address)
    request.resolver_match = resolve(address)
    lit = [str(each.label) for each in shell(request)["shell"]["words"] if each.current]
    assert lit == [word]


def test_the_reader_s_settings_are_on_the_page(client, reader):
    client.force_login(reader)
    assert 'data-theme="dark" data-density="compact"' in page(client)


def test_strangers_get_the_defaults_and_a_way_in(client):
    markup = page(client)
    assert 'data-theme="system" data-density="comfortable"' in markup
    assert 'href="/accounts/login/"' in markup


def test_the_organisation_is_named(client, reader):
    Organisation.objects.create(pk=1, name="Voss <Robotics>")
    assert "Voss &lt;Robotics&gt;" in page(client)


def test_a_past_page_is_read_only_and_leads_back(client):
    markup = client.get("/styleguide/?past=1&on=2026-01-09&owner=3").content.decode()
    assert "As of 9 January 2026" in markup and "read only" in markup
    assert 'href="?past=1&amp;owner=3"' in markup
    assert "read only" not in page(client)


def test_pages_hold_no_inline_style_or_script(client):
    markup = page(client)
    assert " style=" not in markup and "onclick" not in markup and "hx-on" not in markup
    assert "<c-" not in markup


def test_sign_in_says_its_language_and_keeps_what_was_typed(client):
    markup = client.post("/accounts/login/", {"login": "marloes", "password": "wrong"}).content.decode()
    assert '<html lang="en"' in markup and 'value="marloes"' in markup and "errorlist" in markup


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"])
def test_entrance_pages_are_in_our_look(client, address):
    markup = client.get(address).content.decode()
    assert "entrance-form" in markup and "<h1>" in markup and " style=" not in markup


def test_the_cast_of_a_demo_fills_the_form():
    people = [{"username": "marloes", "password": "demo", "name": "Marloes <b>", "role": "CS manager"}]
    request = RequestFactory().get("/accounts/login/")
    markup = engines["django"].get_template("account/cast.html").render({"demo_users": people}, request)
    assert 'name="login" value="marloes"' in markup and "Marloes &lt;b&gt;" in markup


def test_missing_pages_say_what_to_do(client, reader):
    client.force_login(reader)
    response = client.get("/nowhere/")
    assert response.status_code == 404 and "There is no page at this address" in response.content.decode()


def component(source: str, **context: object) -> str:
    return engines["django"].from_string(CottonCompiler().process(source)).render(context)


@pytest.mark.parametrize(
    "source",
    [
        '<c-stat name="{{ bad }}" value="{{ bad }}" note="{{ bad }}" />',
        '<c-tile name="{{ bad }}" value="{{ bad }}" target="{{ bad }}" word="{{ bad }}" />',
        '<c-bucket name="{{ bad }}" value="{{ bad }}" note="{{ bad }}" status="red" />',
        '<c-section title="{{ bad }}" question="{{ bad }}">{{ bad }}</c-section>',
        '<c-empty title="{{ bad }}">{{ bad }}</c-empty>',
        '<c-fact name="{{ bad }}" value="{{ bad }}" />',
        '<c-event :on="on" title="{{ bad }}">{{ bad }}</c-event>',
        '<c-chip label="{{ bad }}" href="{{ bad }}" />',
        '<c-inline value="{{ bad }}" label="{{ bad }}" />',
        '<c-receipt href="/x/" counts="{{ bad }}" />',
    ],
)
def test_components_show_hostile_words_as_text_once(source):
    markup = component(source, bad='<script>"&', on=date(2026, 1, 1))
    assert "<script" not in markup and "&amp;lt;" not in markup and "&lt;script&gt;" in markup


def test_a_table_has_a_caption_and_a_group_row():
    markup = component(
        '<c-table caption="Rows"><tbody><c-group name="T-60" columns="3">6 renewals</c-group></tbody></c-table>'
    )
    assert "<caption>Rows</caption>" in markup and 'colspan="3"' in markup and "<b>T-60</b>" in markup
