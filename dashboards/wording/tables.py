"""What the page says by which a table of any layout is described and taken."""

WHAT = (
    "Upload a table of counts per place, period and group. You get a proposal of how to read it, with reasons, and a "
    "preview; nothing is kept until you take it in. Figures on persons are refused, and the file itself is never kept."
)
UPLOAD = "A table: CSV, TSV, workbook (xlsx, xls, ods) or Parquet, up to {mb} MB"
CLOSED = "This server was started without a way for tables. Use `routecast map` and `routecast ingest table`."
NO_PACK = "The pack of region '{region}' is not at hand here, so places can't be known."
MAPPING = "The mapping: what stands where, and why. Change what is wrong"
MAPPING_HELP = "Every key is described in docs/sources.md."
FIGURES, COUNT, REFUSED_ROWS = "Figures", "Their sum", "Rows refused"
FIRST_FIGURES = "The first of {n} figures"
SUMS = "Sums"
REFUSED = "Refused, with the reason"
UNREAD = "Not read: {what}"
DOWNLOAD = "Take the mapping along"
DOWNLOAD_NAME = "{name}.map.yaml"
TAKE = "Take the figures into the store"
TAKE_NOTE = "They count from the next run on. What is refused goes to quarantine with its reason."
LOOK_FIRST = "The mapping has changed: look at what it makes of the table, then take the figures in."
TAKEN = "Taken. {lines}"
COLUMNS = {
    "indicator": "Indicator",
    "place": "Place",
    "nationality": "Nationality",
    "period_start": "From",
    "period": "Period",
    "count": "Count",
    "figures": "Figures",
    "first": "First",
    "last": "Last",
    "reason": "Reason",
    "rows": "Rows",
}
