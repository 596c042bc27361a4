// A page on paper is as wide as on the screen, only smaller: charts keep the width that they were drawn at, and would be
// cut at the paper's edge.
const PRINTED_PX = 1047; // across A4 on its side, less margins of 10 mm, at 96 pixels an inch

addEventListener("beforeprint", () => { document.body.style.zoom = Math.min(1, PRINTED_PX / innerWidth); });
addEventListener("afterprint", () => { document.body.style.zoom = ""; });
