"""A value that text may be read into as it stands: frozen, checked, no unknown keys (`TypeAdapter`)."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

VALUE = ConfigDict(extra="forbid", coerce_numbers_to_str=True, arbitrary_types_allowed=True)

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]  # "": none was given
