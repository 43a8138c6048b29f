"""What measures say."""

from decimal import Decimal

from health.words import measure_words


def test_the_first_step_of_days_is_said_in_words():
    assert measure_words("last_contact", Decimal(0)) == "last spoken to less than a month ago"
    assert measure_words("last_contact", Decimal(15)) == "last spoken to 15 days ago"
