// Makes the review pages quicker: keys, zoom, blur, the lease, the time left. Every page works
// without it. It never decides: it only presses the page's own buttons when a key says so.
"use strict";

(() => {
  const page = document.documentElement;
  const LEASE_MS = 40_000;
  const PAUSE_MS = 250; // a double press is quicker, a look at the next picture is not
  const ASK_MS = 2000;
  const ASK_TIMES = 60;
  const STALE_MS = 60_000;

  let sent = false; // a form is on its way

  // What a reviewer has chosen: kept in the browser, known before the first picture shows.

  function remembered(name, store = "localStorage") {
    try {
      return window[store].getItem(`darkroom.${name}`);
    } catch {
      return null; // the browser keeps nothing
    }
  }

  function remember(name, value, store = "localStorage") {
    try {
      window[store].setItem(`darkroom.${name}`, value);
    } catch {
      // then only for this page
    }
  }

  const SWITCHES = ["blur", "grey", "still"]; // still: no keys

  function show(name, on) {
    page.classList.toggle(name, on);
    for (const button of document.querySelectorAll(`[data-switch=${name}]`)) {
      button.setAttribute("aria-pressed", String(on));
    }
  }

  function showAll() {
    for (const name of SWITCHES) show(name, remembered(name) === "on");
  }

  function turn(name) {
    const on = !page.classList.contains(name);
    remember(name, on ? "on" : "off");
    show(name, on);
    if (name === "still") nameKeys();
  }

  showAll();
  page.classList.add("script");

  // Saying something, to everybody.

  function say(text) {
    const place = document.getElementById("say");
    if (place) place.textContent = text;
  }

  // A screen reader announces what changes, not what is there from the start.
  function announce() {
    for (const place of document.querySelectorAll("[data-announce]")) {
      const parts = [...place.childNodes];
      place.replaceChildren();
      setTimeout(() => place.replaceChildren(...parts), 100);
    }
  }

  // Forms are sent once; and what is pressed twice in a row does not reach the page after it.

  // When it was pressed counts, not when a busy browser got round to saying so.
  let pressed = 0;
  for (const kind of ["keydown", "pointerdown", "click"]) {
    const note = (event) => (pressed = performance.timeOrigin + event.timeStamp);
    window.addEventListener(kind, note, true);
  }

  function isPause(at = pressed) {
    const passed = at - Number(remembered("sent", "sessionStorage"));
    return Math.abs(passed) < PAUSE_MS;
  }

  function guard(form) {
    form.addEventListener("submit", (event) => {
      // Enter on a choice presses the button that does nothing.
      if (sent || isPause() || event.submitter?.formMethod === "dialog") {
        event.preventDefault();
        return;
      }
      sent = true;
      remember("sent", String(Date.now()), "sessionStorage");
      event.submitter?.classList.add("busy");
      setTimeout(() => say("Sending …"), 1000);
      // Whoever stops the page's loading can try again.
      setTimeout(() => {
        sent = false;
        event.submitter?.classList.remove("busy");
        say("");
      }, 10_000);
    });
  }

  // Keys. An element names its key in data-key, and the key presses it.

  function isOn(element) {
    return element !== null && !element.disabled && element.closest("[hidden]") === null;
  }

  function isTyping(target) {
    if (!(target instanceof HTMLElement)) return false;
    if (target.matches("input")) return !["radio", "checkbox", "button", "submit"].includes(target.type);
    return target.matches("textarea, select") || target.isContentEditable;
  }

  // The letter on the key where the layout is Latin, else the key where it would be.
  function keyOf(event) {
    if (event.key === "?") return "?";
    if (/^[0-9]$/.test(event.key)) return event.key;
    if (event.shiftKey) return "";
    if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase();
    if (/^Digit\d$/.test(event.code)) return event.code.slice(-1);
    return /^[^\x00-\x7f]$/.test(event.key) && /^Key.$/.test(event.code) ? event.code.slice(-1) : "";
  }

  function hasModifier(event) {
    return event.ctrlKey || event.altKey || event.metaKey || event.getModifierState("AltGraph");
  }

  // What a screen reader says of a key; nothing while keys are off.
  function nameKeys() {
    for (const element of document.querySelectorAll("[data-key]")) {
      if (page.classList.contains("still")) element.removeAttribute("aria-keyshortcuts");
      else element.setAttribute("aria-keyshortcuts", element.dataset.key);
    }
  }

  function listen(event) {
    const help = document.getElementById("help");
    // A key that is held repeats, over into the page that comes after a decision.
    if (event.repeat || event.isComposing || event.defaultPrevented || hasModifier(event)) return;
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (isTyping(event.target) || page.classList.contains("still")) return;
    const key = keyOf(event);
    if (help?.open) {
      if (key === "?") help.close();
      return;
    }
    if (event.key.startsWith("Arrow") && pan(event)) return;
    if (key !== "" && press(key)) event.preventDefault();
  }

  function press(key) {
    const element = document.querySelector(`[data-key="${key}"]`);
    if (!isOn(element)) return key === "J" || key === "K" ? step(key === "J" ? 1 : -1) : false;
    if (element.type === "radio") element.focus();
    if (element.type === "submit" && !isReady(element)) return true;
    element.click();
    return true;
  }

  // A decision by key: on a picture that was there to be seen, under a name.
  function isReady(button) {
    if (sent || isPause()) return false;
    if (!isSettled()) {
      say("The picture is still loading.");
      return false;
    }
    const name = button.form.elements.namedItem("reviewer");
    if (name === null || name.value.trim() !== "" || button.formNoValidate) return true;
    name.focus();
    say("Type your name first.");
    return false;
  }

  function picture() {
    return document.querySelector(".frame img");
  }

  // There, or known not to come.
  function isSettled() {
    return picture()?.complete ?? true;
  }

  // For whoever drives the page: from now on a key decides.
  function becomeReady() {
    if (isSettled() && !isPause(Date.now())) page.dataset.ready = "";
    else setTimeout(becomeReady, 50);
  }

  // From picture to picture in the queue.
  function step(by) {
    const stops = [...document.querySelectorAll(".card, .pages a")];
    if (stops.length === 0) return false;
    const at = stops.indexOf(document.activeElement);
    const first = by > 0 ? 0 : stops.length - 1;
    stops[at < 0 ? first : Math.min(Math.max(at + by, 0), stops.length - 1)].focus();
    return true;
  }

  function openHelp() {
    const help = document.getElementById("help");
    if (help.open) help.close();
    else help.showModal();
  }

  // Zoom: the picture's own pixels, or twice of what fits where it is about that already.

  let drag = null;

  function zoom(x = 0.5, y = 0.5) {
    const image = picture();
    const frame = image.closest(".frame");
    const width = Number(image.getAttribute("width"));
    const fitting = image.getBoundingClientRect().width;
    const on = frame.classList.toggle("zoomed");
    image.style.width = on ? `${fitting < 0.8 * width ? width : 2 * fitting}px` : "";
    if (on) {
      frame.scrollLeft = x * frame.scrollWidth - frame.clientWidth / 2;
      frame.scrollTop = y * frame.scrollHeight - frame.clientHeight / 2;
    }
    document.querySelector("[data-does=zoom]").setAttribute("aria-pressed", String(on));
  }

  function pan(event) {
    const frame = document.querySelector(".frame.zoomed");
    if (!frame || event.target.matches("input")) return false;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const [right, down] = step[event.key];
    frame.scrollBy(right * 120, down * 120);
    event.preventDefault();
    return true;
  }

  function makeZoomable() {
    const image = picture();
    if (!image) return;
    const frame = image.closest(".frame");
    frame.addEventListener("click", (event) => {
      // Enter on the link, and a click that wants a tab of its own, open the picture by itself.
      if (event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (drag?.moved || event.target !== image) return;
      const box = image.getBoundingClientRect();
      zoom((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
    frame.addEventListener("pointerdown", (event) => {
      const takes = event.target === image && event.button === 0 && event.pointerType !== "touch";
      if (!takes) return;
      drag = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop };
    });
    window.addEventListener("pointermove", (event) => {
      if (!drag || event.buttons === 0) return;
      const right = event.clientX - drag.x;
      const down = event.clientY - drag.y;
      drag.moved ||= Math.abs(right) + Math.abs(down) > 4;
      frame.scrollTo(drag.left - right, drag.top - down);
    });
    window.addEventListener("pointerup", () => setTimeout(() => (drag = null)));
  }

  // The lease: says while the page is looked at that somebody has the picture open.

  function keepLease() {
    const place = document.getElementById("lease");
    if (!place) return;
    const form = place.querySelector("form");
    const timer = setInterval(ask, LEASE_MS);
    document.addEventListener("visibilitychange", ask);
    ask();

    async function ask() {
      if (document.visibilityState !== "visible" || sent) return;
      try {
        const answer = await fetch(form.action, {
          method: "POST",
          headers: { Accept: "application/json" },
          body: new URLSearchParams({ rule: form.elements.rule.value }),
        });
        if (answer.ok) tell(await answer.json());
        else if (answer.status === 401 || answer.status === 403) end("[data-out]");
      } catch {
        // no network: the next one comes soon
      }
    }

    function tell({ mine, reviewer, open }) {
      if (!open) {
        closeDecision();
        end("[data-over]");
        return;
      }
      form.hidden = mine || !reviewer;
      if (!form.hidden) form.querySelector("[data-holder]").textContent = reviewer;
    }

    function end(notice) {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
      form.hidden = true;
      place.querySelector(notice).hidden = false;
    }
  }

  function closeDecision() {
    for (const button of document.querySelectorAll("[name=decision]")) button.disabled = true;
  }

  // The time left, in the two largest units.

  function duration(seconds) {
    const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
    const first = units.findIndex(([, length]) => seconds >= length);
    const shown = first === 3 ? units.slice(3) : units.slice(first, Math.min(first + 2, 3));
    return shown
      .map(([unit, length], index) => {
        const count = Math.floor((index ? seconds % shown[0][1] : seconds) / length);
        return count ? `${count} ${unit}${count === 1 ? "" : "s"}` : "";
      })
      .filter(Boolean)
      .join(" ");
  }

  function countDown() {
    const start = Date.now();
    for (const place of document.querySelectorAll("[data-seconds]")) {
      const given = Number(place.dataset.seconds);
      const tick = () => {
        const left = given - Math.floor((Date.now() - start) / 1000);
        const strong = document.createElement("strong");
        strong.textContent = left > 0 ? duration(left) : "The time is up";
        place.replaceChildren(strong, left > 0 ? " left" : "");
        if (left <= 0) closeDecision();
        if (left > 0) setTimeout(tick, left > 120 ? 60_000 : 1000);
      };
      tick();
    }
  }

  // Pages that are come back to are asked for again: much may have been decided meanwhile.
  function stayFresh() {
    const start = Date.now();
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    if (!document.body.classList.contains("queue")) return;
    document.addEventListener("visibilitychange", () => {
      const typed = document.getElementById("image").value;
      const stale = Date.now() - start > STALE_MS;
      if (document.visibilityState === "visible" && stale && !typed) location.reload();
    });
  }

  // What a decision sets going ends within seconds: the page shows it as soon as it has.
  function follow() {
    const status = document.querySelector("[data-follow]")?.dataset.follow;
    if (!status) return;
    let left = ASK_TIMES;
    const timer = setInterval(ask, ASK_MS);

    async function ask() {
      if (document.visibilityState !== "visible") return;
      if (--left <= 0) clearInterval(timer);
      try {
        const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).status !== status) location.reload();
      } catch {
        // no network: the next time
      }
    }
  }

  const DOES = { help: openHelp, zoom: () => zoom() };

  function start() {
    for (const button of document.querySelectorAll("[data-does], [data-switch]")) {
      button.hidden = false;
      const { does, switch: name } = button.dataset;
      button.addEventListener("click", () => (does ? DOES[does]() : turn(name)));
    }
    for (const form of document.querySelectorAll("form[data-guard]")) guard(form);
    for (const time of document.querySelectorAll("time")) {
      time.title = new Date(time.dateTime).toLocaleString();
    }
    showAll();
    nameKeys();
    announce();
    makeZoomable();
    countDown();
    stayFresh();
    follow();
    keepLease();
    becomeReady();
    document.addEventListener("keydown", listen);
    window.addEventListener("storage", showAll);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
