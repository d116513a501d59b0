"""Public holidays of countries, by the calendar of the package `holidays`."""

from datetime import date

import numpy as np
from numpy.typing import NDArray


def holidays_of(country: str, first: date, days: int) -> NDArray[np.bool_]:
    """Of each of so many days from `first` on, whether it is a public holiday of a country.

    Countries are told by their codes of ISO 3166; one that the calendar does not know has none.
    """
    from holidays import country_holidays

    years = range(first.year, date.fromordinal(first.toordinal() + days).year + 1)
    try:
        known = country_holidays(country, years=years)
    except NotImplementedError:
        return np.zeros(days, dtype=bool)
    ordinals = [day.toordinal() - first.toordinal() for day in known]
    found = np.zeros(days, dtype=bool)
    found[[at for at in ordinals if 0 <= at < days]] = True
    return found
