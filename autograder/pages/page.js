"use strict";
// Plotly figures are drawn when they come near the window. They and plotly.js stand in the page as base64 of gzip.
(() => {
  const unpack = (text) => {
    const packed = atob(text), bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };

  const holder = document.getElementById("plotly");
  let library = null;
  const load = () => library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    if (holder.dataset.src) { // the documentation has it once, beside its pages
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${script.src} can't be read`));
      script.src = holder.dataset.src;
      document.head.append(script);
    } else unpack(holder.textContent).then((text) => {
      script.textContent = text;
      document.head.append(script);
      resolve();
    }).catch(reject);
  });

  // plotly.js rejects a promise, for no reason, when an animation is interrupted.
  window.addEventListener("unhandledrejection", (event) => { if (event.reason === undefined) event.preventDefault(); });

  const draw = async (place) => {
    try {
      const [text] = await Promise.all([unpack(place.dataset.figure), load()]);
      const { data, layout, frames = [] } = JSON.parse(text);
      // A figure without a background of its own is drawn for light and dark pages.
      if (layout.template?.layout?.paper_bgcolor === "rgba(0,0,0,0)") place.classList.add("clear");
      await Plotly.newPlot(place, { data, layout, frames, config: { responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "" } });
      listen(place);
      choose(place);
      place.dataset.drawn = "yes";
    } catch (error) {
      place.textContent = "This figure can't be shown here: it needs a browser of 2023 or newer. (" + error + ")";
    }
  };

  // An animation by keyboard, once it has the focus; its own buttons and slider say what a key does.
  const listen = (place) => {
    const animations = (list) => (list || []).filter((item) => item?.method === "animate" && Array.isArray(item.args));
    const { updatemenus: [menu] = [], sliders: [slider, chooser] = [] } = place.layout;
    const [play, pause = play] = animations(menu?.buttons);
    const steps = () => animations(slider?.steps), choices = (chooser?.steps || []).filter((step) => step?.method === "update" && Array.isArray(step.args));
    if (!play || !steps().length) return;
    const moves = { ArrowLeft: (at) => at - 1, ArrowRight: (at) => at + 1, Home: () => 0, End: () => steps().length - 1 };
    const chosen = { ArrowDown: -1, ArrowUp: 1 };
    let playing = false;
    place.on("plotly_animatingframe", ({ animation }) => { playing = animation.frame.duration > 0; });
    place.on("plotly_animated", () => { playing = false; });
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === " ") Plotly.animate(place, ...(playing ? pause : play).args);
      else if (moves[event.key]) {
        const at = place.layout.sliders[0].active || 0;
        Plotly.animate(place, ...steps()[Math.min(Math.max(moves[event.key](at), 0), steps().length - 1)].args);
      } else if (chosen[event.key] && choices.length) {
        const to = Math.min(Math.max((chooser.active || 0) + chosen[event.key], 0), choices.length - 1);
        Plotly.update(place, ...choices[to].args).then(() => Plotly.relayout(place, { "sliders[1].active": to }));
      } else return;
      event.preventDefault();
    });
    place.tabIndex = 0;
    const keys = document.createElement("p");
    keys.className = "quiet keys";
    keys.textContent = "Keyboard: space plays and pauses, ← and → go one frame back and forth, Home and End to the first and the last." + (choices.length ? " ↑ and ↓ move the other slider." : "");
    place.after(keys);
  };

  // A list to choose from, once the figure has the focus: plotly.js opens it by mouse only.
  const choose = (place) => {
    const menus = place.layout.updatemenus || [];
    const list = menus.findIndex((menu) => menu?.type !== "buttons" && Array.isArray(menu?.buttons) && menu.buttons.every((button) => button?.method === "relayout" && Array.isArray(button.args)));
    if (list < 0 || place.tabIndex === 0) return;
    const { buttons } = menus[list], moves = { ArrowDown: 1, ArrowUp: -1 };
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !moves[event.key]) return;
      const at = place.layout.updatemenus[list].active || 0, to = Math.min(Math.max(at + moves[event.key], 0), buttons.length - 1);
      Plotly.relayout(place, { ...buttons[to].args[0], [`updatemenus[${list}].active`]: to });
      event.preventDefault();
    });
    place.tabIndex = 0;
    const keys = document.createElement("p");
    keys.className = "quiet keys";
    keys.textContent = "Keyboard: ↑ and ↓ choose from the list.";
    place.after(keys);
  };

  // Lines for a terminal, and a button that copies them. Where a browser refuses, they are selected.
  for (const place of document.querySelectorAll(".copied")) {
    const text = [...place.querySelectorAll("span")].map((line) => line.textContent).join("\n");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${place.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text + "\n");
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(place.querySelector("pre"));
        button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    place.append(button);
  }

  const places = document.querySelectorAll("figure.plot[data-figure]");
  const begun = new Set();
  const begin = (place) => begun.has(place) ? null : draw(begun.add(place) && place);
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) { seen.unobserve(target); begin(target); }
  }, { rootMargin: "400px" });
  for (const place of places) seen.observe(place);
  // Not on a phone, the others follow one by one, while nothing else is to do: they may be printed.
  const idle = window.requestIdleCallback || ((next) => setTimeout(next, 200));
  if (matchMedia("(min-width: 60em)").matches) {
    window.addEventListener("load", () => setTimeout(async () => {
      for (const place of places) await new Promise((next) => idle(() => next(begin(place))));
    }, 500));
  }
})();
