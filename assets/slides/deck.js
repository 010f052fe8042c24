"use strict";
(() => {
  const deck = document.querySelector(".reveal");
  const [width, height] = deck.dataset.size.split(" ").map(Number);
  const say = (text) => { document.querySelector("#status").textContent = text; };
  const tracks = () => [...document.querySelectorAll("video")].flatMap((v) => [...v.textTracks]);
  const video = () => Reveal.getCurrentSlide()?.querySelector("video");
  // A slide that is left at once stops a film that was about to start: no error to anybody.
  addEventListener("unhandledrejection", (event) => {
    if (event.reason?.name === "AbortError") event.preventDefault();
  });
  // The speaker's view shows slides without playing them: there, a clip is its telling picture.
  if (new URLSearchParams(location.search).has("receiver")) {
    for (const shown of document.querySelectorAll("video")) shown.poster = shown.dataset.poster;
  }
  let captions = true;
  const showCaptions = () => { for (const track of tracks()) track.mode = captions ? "showing" : "hidden"; };
  Reveal.initialize({
    width, height, margin: 0, minScale: 0.1, maxScale: 10,
    center: false, hash: true, transition: "none", backgroundTransition: "none",
    controlsTutorial: false, pdfSeparateFragments: false, plugins: [RevealNotes],
    keyboard: {
      67: () => { captions = !captions; showCaptions(); say(captions ? "Captions on" : "Captions off"); },
      75: () => { const shown = video(); if (shown) { if (shown.paused) shown.play(); else shown.pause(); } },
      82: () => { const shown = video(); if (shown) { shown.currentTime = 0; shown.play(); } },
    },
  }).then(() => {
    showCaptions();
    // A click anywhere goes on, as with a clicker; on a link or a control it does what it is for.
    deck.addEventListener("click", (event) => {
      if (event.target.closest("a, button, .controls, .progress") || Reveal.isOverview()) return;
      Reveal.next();
    });
    document.documentElement.dataset.ready = "yes";
  });
})();
