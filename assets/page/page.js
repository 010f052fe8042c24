"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const one = (what, where = document) => where.querySelector(what);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const films = all(".film").map((article) => ({
    article,
    video: one("video", article),
    words: all(".words span", article),
    starts: all(".words span", article).map((word) => Number(word.dataset.s)),
    box: one(".words", article),
    jumps: all(".jump", article),
    now: -1,
    here: -1,
  }));
  let current = films[0];

  // A page that holds its films in itself hands them to the players as blobs, which can be seeked.
  for (const video of all("video[data-embedded]")) {
    const held = one(`script[data-media="${video.dataset.embedded}"]`);
    const bytes = Uint8Array.from(atob(held.textContent), (letter) => letter.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], { type: held.dataset.type }));
    held.remove();
  }

  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private */ } };
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const say = (text) => { one("#status").textContent = text; };

  // -- settings

  const themes = { auto: "as your system", light: "light", dark: "dark" };
  const wear = (theme) => {
    document.documentElement.dataset.theme = theme;
    one("#theme-now").textContent = themes[theme];
    remember("theme", theme);
  };
  wear(remembered("theme") in themes ? remembered("theme") : "auto");
  one("#theme").addEventListener("click", () => {
    const names = Object.keys(themes);
    wear(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
  });
  const showCaptions = (shown) => {
    one("#captions").checked = shown;
    for (const video of all("video")) {
      for (const track of video.textTracks) {
        if (track.kind === "captions") track.mode = shown ? "showing" : "hidden";
      }
    }
    remember("captions", shown ? "on" : "off");
  };
  one("#captions").addEventListener("change", (event) => showCaptions(event.target.checked));
  showCaptions(remembered("captions") !== "off");
  for (const film of films) {
    for (const track of film.video.textTracks) if (track.kind === "chapters") track.mode = "hidden";
  }

  // -- the word that is spoken, and the chapter it is in

  const wordAt = (film, time) => {
    let low = 0, high = film.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (film.starts[middle] <= time + 0.02) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const mark = (film) => {
    const time = film.video.currentTime;
    const now = wordAt(film, time);
    if (now !== film.now) {
      film.words[film.now]?.classList.remove("now");
      film.words[now]?.classList.add("now");
      film.now = now;
      if (one("#follow").checked && now >= 0 && !film.video.paused) follow(film, film.words[now]);
    }
    for (const jump of film.jumps) {
      const inside = time >= jump.dataset.at - 0.02 && time < jump.dataset.end - 0.02;
      if (inside) jump.setAttribute("aria-current", "true"); else jump.removeAttribute("aria-current");
    }
  };
  const follow = (film, word) => {
    const box = film.box;
    const top = word.offsetTop - box.offsetTop;
    if (top < box.scrollTop + 20 || top > box.scrollTop + box.clientHeight - 70) {
      box.scrollTo({ top: top - box.clientHeight / 3, behavior: calm.matches ? "auto" : "smooth" });
    }
  };
  const run = (film) => {
    mark(film);
    if (!film.video.paused && !film.video.ended) requestAnimationFrame(() => run(film));
  };
  const jumpTo = (film, time, play = true) => {
    use(film);
    film.video.currentTime = time;
    mark(film);
    if (play) film.video.play().catch(() => { /* the browser wants a click first */ });
  };
  const use = (film) => {
    current = film;
    for (const other of films) if (other !== film) other.video.pause();
    for (const link of all(".contents a")) {
      if (link.hash === `#${film.article.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  for (const film of films) {
    film.video.addEventListener("play", () => { use(film); run(film); });
    for (const event of ["seeked", "timeupdate"]) film.video.addEventListener(event, () => mark(film));
    film.article.addEventListener("focusin", () => { current = film; });
    for (const jump of film.jumps) {
      jump.addEventListener("click", () => {
        jumpTo(film, Number(jump.dataset.at));
        film.video.scrollIntoView({ block: "nearest" });
      });
    }
    film.box.addEventListener("click", (event) => {
      if (event.target.dataset.s) jumpTo(film, Number(event.target.dataset.s));
    });
    film.box.addEventListener("keydown", (event) => walk(film, event));
    film.box.addEventListener("blur", () => stand(film, -1));
  }

  // -- word by word with the keyboard

  const stand = (film, index) => {
    film.words[film.here]?.classList.remove("here");
    film.here = index;
    film.words[index]?.classList.add("here");
  };
  const walk = (film, event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const from = film.here >= 0 ? film.here : Math.max(film.now, step > 0 ? -1 : 0);
      const index = Math.min(film.words.length - 1, Math.max(0, from + step));
      stand(film, index);
      film.words[index].scrollIntoView({ block: "nearest" });
      say(film.words[index].textContent);
    } else if (event.key === "Enter" && film.here >= 0) {
      jumpTo(film, film.starts[film.here]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // -- keys

  const chapter = (film, step) => {
    const times = film.jumps.map((jump) => Number(jump.dataset.at));
    const time = film.video.currentTime;
    const here = times.filter((start) => start <= time + 0.05).length - 1;
    // Back goes to the chapter's own beginning first, as players of music do.
    const back = step < 0 && time - times[here] > 2 ? 0 : step;
    const index = Math.min(times.length - 1, Math.max(0, here + back));
    jumpTo(film, times[index], !film.video.paused);
    say(one(".name", film.jumps[index]).textContent);
  };
  const keys = {
    " ": (film) => (film.video.paused ? (use(film), film.video.play()) : film.video.pause()),
    ArrowLeft: (film) => { film.video.currentTime -= 5; },
    ArrowRight: (film) => { film.video.currentTime += 5; },
    n: (film) => chapter(film, 1),
    p: (film) => chapter(film, -1),
    c: () => showCaptions(!one("#captions").checked),
    m: (film) => { film.video.muted = !film.video.muted; say(film.video.muted ? "Sound off" : "Sound on"); },
    f: (film) => (document.fullscreenElement ? document.exitFullscreen() : film.video.requestFullscreen()),
    "?": () => one("#help").showModal(),
  };
  keys.k = keys[" "];
  document.addEventListener("keydown", (event) => {
    const wanted = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!wanted || !one("#keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (one("dialog[open]")) return;
    const own = event.target.closest("button, a, input, video, pre");
    // What has the focus keeps the keys that it needs itself.
    if (own && (event.key === " " || (event.key.startsWith("Arrow") && own.matches("video, pre")))) return;
    event.preventDefault();
    wanted(current);
  });
  one("#help-open").addEventListener("click", () => one("#help").showModal());

  // -- what to copy into a lecture

  const dialog = one("#use");
  for (const button of all(".use[data-use]")) {
    button.addEventListener("click", () => {
      const clip = one(`template[data-clip="${button.dataset.use}"]`);
      one("#use-body").replaceChildren(clip.content.cloneNode(true));
      showCaptions(one("#captions").checked);
      for (const film of films) film.video.pause();
      dialog.showModal();
      dialog.scrollTop = 0;
    });
  }
  dialog.addEventListener("close", () => one("#use-body").replaceChildren());
  dialog.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const code = one("code", button.parentElement);
    try {
      await navigator.clipboard.writeText(code.textContent);
      say("Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say(document.execCommand("copy") ? "Copied" : "Marked: copy it with your keyboard");
    }
  });

  // -- an address names a film, and perhaps a moment: #chain_rule, or #chain_rule/ways_add

  const go = () => {
    const [id, beat] = decodeURIComponent(location.hash.slice(1)).split("/");
    const film = films.find((other) => other.article.id === id);
    if (!film) return;
    use(film);
    const words = beat && one(`[data-beat="${CSS.escape(beat)}"] span`, film.article);
    if (!words) return;
    film.article.scrollIntoView();
    const start = film.jumps.map((jump) => Number(jump.dataset.at))
      .filter((at) => at <= Number(words.dataset.s) + 0.001).pop();
    film.video.currentTime = start ?? 0;
    mark(film);
  };
  addEventListener("hashchange", go);
  go();
  document.documentElement.dataset.ready = "yes";
})();
