"use strict";
// Search where the site is opened as a file: there a browser starts no Worker, and a frame that
// holds the worker's script takes its place. Served pages keep the Worker that they have.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "Search";
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      this.ready = new Promise((resolve) => {
        inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        inside.importScripts = (...urls) => Promise.all(urls.map((each) => this.add(each)));
        this.add(url).then(resolve);
      });
    }

    add(url) {
      return new Promise((resolve, reject) => {
        const page = this.frame.contentDocument, script = page.createElement("script");
        script.onload = resolve;
        script.onerror = reject;
        script.src = url;
        page.body.append(script);
      });
    }

    postMessage(data) {
      this.ready.then(() => {
        const { MessageEvent } = this.frame.contentWindow;
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
      });
    }

    terminate() { this.frame.remove(); }
  };
}
