// One step back is one view back. Streamlit makes a step of each value that a page writes into the address, of those
// too that nobody chose: a view would be some ten steps, and Back would never leave it.
const SAME_VIEW = 1500; // milliseconds within which one choice may move others
const push = history.pushState.bind(history);
let stepped = -Infinity;

history.pushState = (state, unused, address) => {
  const now = new URL(location.href);
  const next = new URL(address ?? location.href, location.href);
  const moved = now.pathname !== next.pathname;
  const chosen = [...now.searchParams].some(([key, value]) => (next.searchParams.get(key) ?? value) !== value);
  const follows = !moved && performance.now() - stepped < SAME_VIEW;
  if (!moved && (!chosen || follows)) {
    history.replaceState(state, unused, address);
  } else {
    stepped = performance.now();
    push(state, unused, address);
  }
};
