/* What a page is held to, worked out in the page itself; every fault comes back as a sentence. */
window.catalogue = (function () {
  "use strict";

  const HAN = /[\u3400-\u9fff]/;
  const WORDS = /[A-Za-z][a-z]+(?:[ ,]+[A-Za-z][a-z]+){2,}/;
  const MINUTES = /(\d[\d,]*)\s*(?:分钟|分(?![\u4e00-\u9fff])|minutes?\b|min\b)/g;
  const DOUBLED = /[。！？；，、：][。！？；，、：]|[\u4e00-\u9fff][,;:!?](?=[\u4e00-\u9fff])/;
  const LEASTS = [["paper", 48], ["audit", 44], ["oversight", 44], ["volunteer", 48],
                  ["branch", 48], ["admin", 48]];
  const TARGETS = "a[href], button, input:not([type=hidden]), select, textarea, summary, .tile";

  const classes = () => document.documentElement.className;
  const least = () =>
    (LEASTS.find(([name]) => new RegExp(`(audience|face)-${name}\\b`).test(classes())) ||
      ["", 60])[1];
  const said = (one) => (one.textContent.trim() || one.name || one.className || one.tagName)
    .replace(/\s+/g, " ").slice(0, 30);
  const shown = (one) =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !one.closest(".hidden-text, .skip") && getComputedStyle(one).clipPath !== "inset(50%)";
  const all = (what, within = document) => [...within.querySelectorAll(what)].filter(shown);

  function texts() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const words = node.textContent.trim();
      const within = node.parentElement;
      if (words && !within.closest("script, style, option") && shown(within)) {
        found.push([node, words, within]);
      }
    }
    return found;
  }

  function targets() {
    const faults = [];
    const enough = least() - 0.5;
    for (const one of all(TARGETS)) {
      if (one.matches(".tile__input") || one.closest("svg")) continue;
      // A link inside a sentence is as high as its line.
      if (getComputedStyle(one).display === "inline" && !one.matches(".task__link")) {
        const around = one.parentElement.closest("p, li, dd, td, th, div");
        const alone = around && around.textContent.trim() === one.textContent.trim();
        if (alone && one.getBoundingClientRect().height < enough) {
          faults.push(`target: ${said(one)} stands alone in ${around.tagName}.${around.className}`);
        }
        continue;
      }
      const box = (one.matches(".task__link") ? one.closest(".task") : one).getBoundingClientRect();
      if (box.height < enough || box.width < Math.min(enough, 44)) {
        const size = `${Math.round(box.width)} by ${Math.round(box.height)}`;
        faults.push(`target: ${said(one)} is ${size}`);
      }
    }
    return faults;
  }

  function scroller(one, known) {
    if (!one || one === document.body || one === document.documentElement) return null;
    if (known.has(one)) return known.get(one);
    const style = getComputedStyle(one);
    const here = style.overflowX !== "visible" || style.overflowY !== "visible";
    const found = here ? one.getBoundingClientRect() : scroller(one.parentElement, known);
    known.set(one, found);
    return found;
  }

  function stuck(one) {
    for (let up = one; up; up = up.parentElement) {
      const place = getComputedStyle(up).position;
      if (place === "sticky" || place === "fixed") return true;
    }
    return false;
  }

  function overlaps() {
    const boxes = [];
    const known = new Map();
    const range = document.createRange();
    for (const [node, words, within] of texts()) {
      const passes = within.closest(".total") && stuck(within);
      if (passes || within.closest("thead, .actions, svg")) continue;
      const hole = scroller(within, known);
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        // The letters themselves: a line's box is higher than what is written in it.
        const less = rect.height * 0.22;
        const box = { left: rect.left, right: rect.right, top: rect.top + less,
                      bottom: rect.bottom - less, within, words };
        if (hole) {
          box.left = Math.max(box.left, hole.left);
          box.right = Math.min(box.right, hole.right);
          box.top = Math.max(box.top, hole.top);
          box.bottom = Math.min(box.bottom, hole.bottom);
        }
        if (box.right - box.left > 1 && box.bottom - box.top > 1) boxes.push(box);
      }
    }
    boxes.sort((one, other) => one.top - other.top);
    const faults = [];
    for (let i = 0; i < boxes.length; i++) {
      for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom - 2; j++) {
        const one = boxes[i], other = boxes[j];
        if (one.within === other.within) continue;
        if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2) {
          faults.push(`overlap: "${one.words.slice(0, 20)}" and "${other.words.slice(0, 20)}"`);
        }
      }
    }
    return faults;
  }

  function clipped() {
    const faults = [];
    for (const one of all("body *")) {
      if (one.closest("svg, thead") || one.matches("progress, select, input, textarea")) continue;
      const style = getComputedStyle(one);
      const hides = (way) => way === "hidden" || way === "clip";
      const cut = [style.overflowX, style.overflowY].map(hides);
      const boxed = one.matches(".button, .tag, .tile, .card, .chip, .tool, .big, .panel, .notice");
      const wider = one.scrollWidth > one.clientWidth + 1 && style.display !== "inline";
      if ((cut[0] || boxed) && wider) {
        faults.push(`clipped: ${said(one)} (${one.className})`);
      } else if (cut[1] && one.scrollHeight > one.clientHeight + 1) {
        faults.push(`clipped: ${said(one)} (${one.className})`);
      }
    }
    return faults;
  }

  function wide() {
    const seen = document.documentElement.scrollWidth;
    if (seen <= window.innerWidth) return [];
    const out = all("body *").filter((one) => one.getBoundingClientRect().right >= seen - 0.5);
    const last = out[out.length - 1] || document.body;
    return [`reflow: ${seen} px wide by ${last.tagName}.${last.className} ${said(last)}`];
  }

  function order() {
    const faults = [];
    for (const one of document.querySelectorAll("[tabindex]")) {
      if (one.tabIndex > 0) faults.push(`order: ${said(one)} has tabindex ${one.tabIndex}`);
    }
    const focusable = "a[href], button, input, select, textarea, summary";
    const ways = [...document.querySelectorAll(focusable)];
    if (!ways.length || !ways[0].matches(".skip")) faults.push("order: the skip link is not first");
    for (const one of ways.filter((way) => !way.matches(".skip"))) {
      const style = getComputedStyle(one);
      const away = one.checkVisibility() && style.visibility === "visible" &&
        !one.matches("[type=hidden], [disabled]") &&
        (one.closest(".hidden-text, [aria-hidden=true]") || Number(style.opacity) === 0);
      if (away) faults.push(`order: ${said(one)} takes the focus unseen`);
    }
    for (const one of all("body *")) {
      const style = getComputedStyle(one);
      if (style.order !== "0" || /reverse/.test(style.flexDirection)) {
        faults.push(`order: ${one.className} is shown in another order than it is read`);
      }
    }
    return faults;
  }

  function words(data) {
    const faults = [];
    const english = document.documentElement.lang.startsWith("en");
    for (const [, text, within] of texts()) {
      for (const found of text.matchAll(MINUTES)) {
        if (Number(found[1].replace(/,/g, "")) >= 60 && !within.closest("[data-standard]")) {
          faults.push(`minutes: ${text.slice(0, 40)}`);
        }
      }
      const marked = within.closest("[lang]") !== document.documentElement ||
        within.closest("[translate=no]");
      if (DOUBLED.test(text) && !data.includes(text)) {
        faults.push(`punctuation: ${text.slice(0, 60)}`);
      }
      // A language is named in its own words, which an answer among others cannot mark.
      if (marked || text === "中文" || text === "English") continue;
      if (english && HAN.test(text)) {
        for (const run of text.match(/[\u3400-\u9fff]+/g)) {
          if (!data.includes(run)) faults.push(`untranslated: ${text.slice(0, 60)}`);
        }
      }
      if (!english && WORDS.test(text) && !data.includes(text)) {
        faults.push(`untranslated: ${text.slice(0, 60)}`);
      }
    }
    return faults;
  }

  function shape() {
    const faults = [];
    const heads = document.querySelectorAll("h1").length;
    if (heads !== 1) faults.push(`heads: ${heads} h1`);
    for (const [, text, within] of texts()) {
      if (getComputedStyle(within).fontStyle !== "normal") {
        faults.push(`italic: ${text.slice(0, 30)}`);
      }
    }
    if (!document.title.trim()) faults.push("heads: no title");
    return faults;
  }

  /* Answer the first form of the page: what is given by name, else the first choice there is. */
  function fill(answers) {
    const form = [...document.querySelectorAll("main form[method=post]")]
      .sort((one, other) => other.elements.length - one.elements.length)[0];
    if (!form) return false;
    const groups = new Set();
    for (const one of form.elements) {
      const given = answers[one.name];
      if (one.matches("[type=radio]")) {
        const wanted = form.querySelector(`[name="${one.name}"][value="${given}"]`);
        if (wanted) wanted.checked = true;
        else if (!groups.has(one.name) && !form.querySelector(`[name="${one.name}"]:checked`)) {
          one.checked = true;
        }
        groups.add(one.name);
      } else if (one.matches("[type=checkbox]")) {
        one.checked = given === undefined || given === one.value;
      } else if (one.matches("select")) {
        if (given !== undefined) one.value = given;
        else if (!one.value && one.options.length > 1) one.selectedIndex = 1;
      } else if (one.matches("input:not([type=hidden], [type=file]), textarea")) {
        if (given !== undefined) one.value = given;
      }
    }
    (form.querySelector(".button--go") || form.querySelector("button")).setAttribute("data-go", "");
    return true;
  }

  return {
    fill,
    atWidth: () => [...wide(), ...targets(), ...clipped(), ...overlaps()],
    once: (data) => [...shape(), ...order(), ...words(data)],
    axe: (rules) => axe.run(rules).then((found) => found.violations.map((one) =>
      `axe: ${one.id} ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.target).join(" ")}`)),
    links: () => [...document.querySelectorAll("a[href]")].map((one) => one.getAttribute("href"))
      .filter((href) => href.startsWith("/") && !href.startsWith("//")),
  };
})();
