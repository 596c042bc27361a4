"""Every sentence about what people do about places: preparation, places that they follow, notes, what is new."""

# preparation of a place
PREPARE = "Prepare"
PREPARE_NOTE = (
    "From planned capacities, places and the route graph; of the week that the briefing speaks of, whatever is chosen "
    "above. Who takes a line, says something of it or closes it stays on record. Lines that somebody took or spoke of "
    "stand in the institution's briefing until they are closed, never in what partners and the public see."
)
PREPARE_NONE = "Nothing to prepare here by the plans and the forecast of this edition."
LINE = "**{what}** · by when: {by_when} · for how many: {how_many} · for: {owner}"
CAPACITY = "Plan for more than the {capacity} {unit} a {step} that are planned"
CAPACITY_MANY = "about {excess} more than planned, in all over {reach}"
STATE_CAPACITY = "State a planned capacity"
STATE_CAPACITY_MANY = "nobody can say without one"
PLACES = "Find more {name} {at}"
PLACES_MANY = "about {short} more than the {capacity} planned"
CASES = "Be ready for {name} {border}"
CASES_MANY = "{median} a {step} ({low}–{high})"
TELL = "Tell early those who see the same movement later: {named}"
TELL_MANY = "{median} {unit} a {step} here ({ends})"
AT_ONCE = "at once"
ONE_LINE = "{what}; by when: {by_when}; for how many: {how_many}; for: {owner}"
ACTIONS = {
    "taken": "taken by {user}, {day}",
    "given_back": "given back by {user}, {day}",
    "commented": "{user}, {day}: {note}",
    "closed": "closed by {user}, {day}: {note}",
    "reopened": "opened again by {user}, {day}",
}
NOT_ASKED = "{said} (this edition asks for it no more)"
TAKE, GIVE_BACK, SAY, CLOSE, REOPEN = "Take it", "Give back", "Say or close", "Close this line", "Open again"
COMMENT, COMMENT_KEEP = "Comment, or why it is closed (others will read it; nothing about persons)", "Comment"
COMMENT_NEEDED = "Write a comment first: others have to understand it."
CLOSED = "Closed ({n})"
UNDER_WAY = "Preparation under way"
UNDER_WAY_NONE = "Nobody has taken a line of preparation; each place has its own on its page."
LINE_OF = "{place}: {said} – {done}"
OPEN_LINE = f"Under way, {LINE_OF}."
NOBODY = "nobody has it"

# places that a user follows
FOLLOW, UNFOLLOW = "☆ Follow", "★ Followed"
FOLLOW_HELP = "Followed places stand on the first page, for you alone. Again: not any more."
MINE = "Places I follow"
MINE_LINE = "{place}: {band}, {median} ({ends}){trend}"
MINE_TREND = ", {trend} the last {steps}"
MINE_UNKNOWN = "{place}: not forecast of this indicator"

# notes
NOTES = "Notes"
NOTE_LINE = "{about}: {text} – {user}, {day}"
NOTE_WHOLE = "the place as a whole"
NOTE_EVERYWHERE = "{about}, all places"
NOTE_TRACE = "note"
NOTE_ADD = "Note something of this place or a {step}"
NOTE_HINT = "For all who see the whole edition, on this chart and in this list; on record with your name. "
NOTE_PERSONS = "Nothing about persons."
NOTE_ABOUT, NOTE_TEXT, NOTE_KEEP, NOTE_BACK = "About", "Text", "Note it", "Take back"
NOTE_ALL_PLACES = "for all places"
NOTE_NEEDS_TEXT = "Write the note first."
NOTE_NEEDS_PERIOD = "Choose a {step} for a note on all places."

# since the last visit
SINCE = "Since your visit on {day}"
SINCE_NOTHING = "Nothing is new."
NEW_EDITION = "A new edition, {now}; you saw {before}."
ENTERED, LEFT = "Among the first {n} now: {places}.", "Not any more: {places}."
REBANDED = "Another band: {places}."
REBAND = "{place} ({before} → {now})"
NO_EARLIER = "The edition that you saw ({before}) is not there any more, so nothing is compared."
NEW_NOTES, NEW_LINES = "Notes: {listed}.", "Preparation: {listed}."
NEW_NOTE, NEW_LINE = "{about}, “{text}” ({user})", "{place}, {done}"
