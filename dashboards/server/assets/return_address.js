// The view that was asked for before the log-in, opened after it: Streamlit's log-in always ends on the first page.
// It waits in this tab's own storage, never on the server.
const KEY = "routecast-return-address";
const GOOD_FOR = 15 * 60 * 1000; // milliseconds; a tab that was left open longer starts afresh

export default function ({ data }) {
  try {
    if (data.keep) {
      const view = location.pathname + location.search;
      sessionStorage.setItem(KEY, JSON.stringify({ view, at: Date.now() }));
      return;
    }
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    if (!kept || Date.now() - kept.at > GOOD_FOR) return;
    const address = new URL(kept.view, location.origin);
    if (address.origin === location.origin && address.href !== location.href) location.replace(address);
  } catch {
    // a browser that keeps nothing stays on the first page
  }
}
