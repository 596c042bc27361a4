"""What the page on data quality says."""

from collections.abc import Callable

from dashboards.wording import formats as words

ACCOUNT_STAYS = "The account of every count (placed, refused, changed) stays with the institution."
QUALITY_TITLE = "What the figures rest on"
NEEDS_TITLE, NEEDS_NONE = "What needs a person", "Nothing that this edition tells of."
SOURCE_PROBLEM = "Ask {source}: it {problem}; the last good figures stand in."
LATE = "Ask {sources}: nothing for longer than usual."
LATE_SOURCE = "{source} ({indicator}, newest of {day}: {silent} days, usually at most {usual})"
REFUSED_ROWS = "Mend and send again: {rows} refused ({reasons})."
REGIME = "Look at {places}: recent figures left the pattern that past forecasts knew."
FAILED = "Tell whoever keeps the service: {n} took no part in this edition."
REPORTED = "Share of each {step} that was reported"
REPORTED_ALT = "Heat map of the share reported by place and period"
QUALITY_TABLES = {
    "account": "Nothing is lost: counted in = on the grid + quarantined + unallocated",
    "files": "Files as last delivered: what was refused of their counts, and what was not read",
    "source_problems": "Sources that gave nothing new for this edition: their last good figures stand in",
    "sources": "Sources, with licence and date",
    "inputs": "Files read, with their checksums",
    "anomalies": "Sudden jumps and level shifts of the last year, to be looked at; nothing is mended",
    "nowcast_sources": "Recent figures: completed, or taken as reported and why",
    "nowcast": "Recent figures that are completed, from how earlier ones of their age were revised",
    "censored": "Figures that their source prints as an upper bound (<5 and the like): unknown, never a zero",
    "revisions": "Figures that their sources have changed",
    "corrections": "Corrections",
    "unallocated": "Not placed on a segment, with the reason",
    "quarantine": "Refused rows, with the reason",
    "failures": "Models that failed and took no part",
}
MUCH_REFUSED = (
    "Much of the count of {files} was refused: the figures that rest on {it} are unknown or too low. The rows are in "
    "quarantine with their reasons; mend them and send the whole file again under the same name."
)
ACCOUNT_AT_LEAST = (
    "Of {rows} refused rows the count can't be read: what was counted in and quarantined is at least what stands here."
)
MUCH_REFUSED_FILE = "{file} ({source}; {share}{least})"
ESTIMATED = ", rows without a readable count taken for as much as the others"
NO_INDICATOR = "(no known indicator)"
QUALITY_NONE = {
    "anomalies": "No sudden jump or level shift.",
    "nowcast": "Recent figures are taken as reported: completing them has not brought them nearer to the final ones.",
    "revisions": "No figure was changed.",
    "corrections": "No figure was corrected by hand.",
    "unallocated": "Every counted figure found its place.",
    "quarantine": "No row was refused.",
}
SOURCE_PROBLEMS = {"not_reached": "could not be reached", "refused": "sent a file that was refused"}
_RHYTHM = ("silent_days", "usual_silence_days", "delay_days_median", "delay_days_90")
FIRST_COLUMNS = {  # after indicator, place and period
    "sources": ("source", "description", "licence", "as_of_newest", *_RHYTHM, "rows"),
    "account": ("counted_in", "on_grid", "quarantined", "unallocated", "refused_rows", "unreadable_rows"),
    "files": ("source", "file", "refused_share", "taken", "refused", "refused_rows", "unreadable_rows", "unread"),
    "anomalies": ("kind", "before", "after"),
    "nowcast_sources": ("source", "outcome", "figures", "completed"),
    "nowcast": ("source", "told_after_days", "age_days", "figures", "completed", "usual_share", "error_saved"),
    "revisions": ("source", "figures", "revised", "largest_change"),
    "censored": ("source", "figures", "at_most"),
    "unallocated": ("reason", "count", "rows", "source"),
    "quarantine": ("reason", "rows", "count", "source"),
}
COLUMNS = {  # of those whose name is not what readers should see
    "delay_days_median": "Delay, days (median)",
    "delay_days_90": "Delay, days (nine in ten)",
    "told_after_days": "Told after, days",
    "age_days": "Age, days, from",
    "silent_days": "Days since its newest figure",
    "usual_silence_days": "Usually at most, days",
    "earlier": "Earlier ones",
    "usual_share": "Usually complete",
    "revised": "Changed",
    "median_relative_change": "Median change, share",
    "median_relative_size": "Median size of a change, share",
    "outcome": "What was done",
    "at_most": "Together at most",
    "segment": "Place",
    "sha256": "SHA-256",
    "on_grid": "On the grid",
    "first": "From",
    "last": "To",
    "as_of_newest": "Newest figure known on",
    "refused_share": "Refused, share of the count",
    "taken": "Count taken",
    "refused": "Count refused",
    "refused_rows": "Rows refused",
    "unreadable_rows": "Rows without a readable count",
    "unread": "Not read",
    "much_refused": "Much refused",
    "problem": "What was the matter",
    "as_of_assumed_share": "Share with assumed date",
    "absence": "Absence means",
    "description": "What it is",
    "member": "Model",
}
FORMS: dict[str, Callable[[float], str]] = {  # of figures that would have a row of decimals
    **dict.fromkeys(("refused_share", "as_of_assumed_share", "usual_share", "error_saved"), words.share),
    "median_relative_change": lambda share: words.effect(share, 1.0),
    "median_relative_size": words.share,
    **dict.fromkeys(("before", "after"), words.count),
}
RUNS_ON = (  # made: the manifest
    "Edition {edition}, origin {made[origin_date]}, figures known on {made[as_of]}, code {made[code_version]}, "
    "pack {made[pack_version]}, seed {made[seed]}."
)
