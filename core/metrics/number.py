"""What contributions are added up in."""

from core.models.numbers import Number

NUMBER = Number()
