"use strict";
// Plotly figures are drawn when they come near the window. They and plotly.js stand in the page as base64 of gzip.
(() => {
  const unpack = (text) => {
    const packed = atob(text), bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };

  let library = null;
  const load = () => library ??= unpack(document.getElementById("plotly").textContent).then((text) => {
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
  });

  // plotly.js rejects a promise, for no reason, when an animation is interrupted.
  window.addEventListener("unhandledrejection", (event) => { if (event.reason === undefined) event.preventDefault(); });

  const draw = async (place) => {
    try {
      const [text] = await Promise.all([unpack(place.dataset.figure), load()]);
      const { data, layout, frames = [] } = JSON.parse(text);
      await Plotly.newPlot(place, { data, layout, frames, config: { responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "" } });
      place.dataset.drawn = "yes";
    } catch (error) {
      place.textContent = "This figure can't be shown here: it needs a browser of 2023 or newer. (" + error + ")";
    }
  };

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) { seen.unobserve(target); draw(target); }
  }, { rootMargin: "400px" });
  for (const place of document.querySelectorAll("figure.plot[data-figure]")) seen.observe(place);
})();
