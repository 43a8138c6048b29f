"""A photo from a phone, made small and bare: a JPEG without the place, the time and the phone it came from."""

from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_UPLOAD = 15 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
LONGEST_SIDE = 1600
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")


def bare_jpeg(upload: IO[bytes]) -> bytes:
    """The picture upright, at most 1,600 pixels long, as bytes of a JPEG. ValidationError says what is wrong."""
    content = upload.read(LARGEST_UPLOAD + 1)
    if len(content) > LARGEST_UPLOAD:
        raise ValidationError(_("The photo is larger than 15 MB. Take a smaller one."))
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                raise ValidationError(_("The photo has too many pixels. Take a smaller one."))
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This file is no photo that can be read. Send a JPEG, PNG or WebP.")) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = BytesIO()
    upright.save(small, "JPEG", quality=QUALITY, optimize=True)
    return small.getvalue()
