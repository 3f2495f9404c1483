"use strict";
// What may have to be scrolled sideways can be reached by keyboard.
const reachable = () => {
  for (const box of document.querySelectorAll(".md-typeset pre > code, .md-typeset__table")) {
    const outer = box.matches(".md-typeset__table") ? box.parentElement : box;
    if (outer.scrollWidth > outer.clientWidth) outer.tabIndex = 0;
  }
};
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);
