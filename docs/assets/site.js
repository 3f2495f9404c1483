"use strict";
// What may have to be scrolled sideways can be reached by keyboard.
const reachable = () => {
  for (const box of document.querySelectorAll(".md-typeset :is(pre > code, .md-typeset__scrollwrap, .math.block)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
};
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
