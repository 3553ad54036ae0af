// What the pages gain from scripts; every page works without them.
(function () {
  "use strict";

  var YEAR = 365 * 24 * 60 * 60;

  // Letters and colours: the links work by themselves; here they work without leaving the page.
  function applySwitch(name, value) {
    var root = document.documentElement;
    if (name === "letters") root.setAttribute("data-letters", value);
    else if (value) root.setAttribute("data-bs-theme", value);
    else root.removeAttribute("data-bs-theme");
  }

  function rememberSwitch(name, value) {
    var secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = name + "=" + encodeURIComponent(value) + "; Path=/; Max-Age=" + YEAR + "; SameSite=Lax" + secure;
  }

  function onSwitch(event) {
    var link = event.target.closest && event.target.closest("a[data-switch]");
    if (!link) return;
    event.preventDefault();
    var name = link.getAttribute("data-switch");
    var value = link.getAttribute("data-to");
    rememberSwitch(name, value);
    applySwitch(name, value);
    link.parentNode.querySelectorAll("a").forEach(function (other) {
      if (other === link) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    });
  }

  // Menus close when something else is wanted.
  function onElsewhere(event) {
    document.querySelectorAll("details.menu[open], .more > details[open]").forEach(function (menu) {
      if (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target)) menu.open = false;
    });
  }

  // While the server makes the form anew, people go on typing: what they typed since then wins over the answer.
  var typedSince = null;

  function formBody(event) {
    var target = event.detail && event.detail.target;
    return target && target.id === "form-body" ? target : null;
  }

  function onInput(event) {
    var control = event.target;
    // As it is now: once the fresh form is in the page, its options take the tick away from the old ones.
    if (typedSince && control.name) typedSince[control.id] = { control: control, value: control.value, checked: control.checked };
  }

  function onRequest(event) {
    if (formBody(event)) typedSince = {};
  }

  function keep(id, typed) {
    var fresh = document.getElementById(id);
    if (!fresh || fresh === typed.control) return;
    if (fresh.type === "checkbox" || fresh.type === "radio") fresh.checked = typed.checked;
    else fresh.value = typed.value;
  }

  function onSwapped(event) {
    if (!formBody(event)) return;
    var typed = typedSince || {};
    typedSince = null;
    Object.keys(typed).forEach(function (id) { keep(id, typed[id]); });
    focusNewRow(event.detail.requestConfig && event.detail.requestConfig.elt);
  }

  // After "add a row" the next thing to do is to fill it in.
  function focusNewRow(button) {
    if (!button || !button.name || button.name.indexOf("add:") !== 0) return;
    var list = document.getElementById(button.id.replace(/-add$/, ""));
    var rows = list ? list.querySelectorAll(":scope > .list-row") : [];
    var first = rows.length && rows[rows.length - 1].querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
  }

  // A second press while the first is on its way sends nothing.
  function onSubmit(event) {
    var form = event.target;
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "true");
    form.setAttribute("aria-busy", "true");
  }

  function onShow() {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      form.removeAttribute("data-sent");
      form.removeAttribute("aria-busy");
    });
  }

  function focusErrors() {
    var errors = document.getElementById("errors");
    if (errors) errors.focus();
  }

  // On a phone what decides a task folds up above the form, all but the findings; on paper all but the rule tables is open.
  function foldAside() {
    if (!window.matchMedia("(max-width: 1099.98px)").matches) return;
    document.querySelectorAll(".task-page details.fold:not([data-first])").forEach(function (part) { part.open = false; });
  }

  function unfoldAll() {
    document.querySelectorAll("main details:not([open]):not(.trace):not(.lazy):not(.peek)").forEach(function (part) {
      part.open = true;
      part.setAttribute("data-folded", "");
    });
  }

  function foldAgain() {
    document.querySelectorAll("details[data-folded]").forEach(function (part) {
      part.open = false;
      part.removeAttribute("data-folded");
    });
  }

  // Keys of a list: next and previous line, tick, search, help. Not while typing, and not where they were switched off.
  function lineLinks() {
    return Array.prototype.slice.call(document.querySelectorAll(".inbox-lines .line-link"));
  }

  function turnTo(step) {
    var links = lineLinks();
    var line = document.activeElement && document.activeElement.closest ? document.activeElement.closest("tr") : null;
    var here = line ? links.indexOf(line.querySelector(".line-link")) : -1;
    var next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
    if (next) next.focus();
  }

  function tickLine() {
    var line = document.activeElement && document.activeElement.closest ? document.activeElement.closest("tr") : null;
    var box = line && line.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
  }

  function search() {
    var field = document.getElementById("f-q");
    if (field) field.focus();
  }

  function showKeys() {
    var help = document.getElementById("keys-help");
    if (!help) return;
    help.open = true;
    help.querySelector("summary").focus();
  }

  var KEYS = { j: function () { turnTo(1); }, k: function () { turnTo(-1); }, x: tickLine, "/": search, "?": showKeys };

  function onKey(event) {
    var typing = event.target.closest && event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !KEYS[event.key]) return;
    if (!document.querySelector("[data-keys]")) return;
    event.preventDefault();
    KEYS[event.key]();
  }

  // A table wider than the page is moved by the arrow keys, once it can be reached; one with a link in it can be already.
  function reachTables() {
    document.querySelectorAll(".table-frame").forEach(function (frame) {
      var isWide = frame.scrollWidth > frame.clientWidth && !frame.querySelector("a, button, input, select, textarea, summary");
      if (isWide) frame.setAttribute("tabindex", "0");
      else frame.removeAttribute("tabindex");
    });
  }

  function onReady() {
    reachTables();
    foldAside();
    focusErrors();
  }

  // What only pages without scripts need is hidden once they are known to run.
  if (window.htmx) document.documentElement.classList.add("scripted");

  document.addEventListener("click", onSwitch);
  document.addEventListener("click", onElsewhere);
  document.addEventListener("keydown", onElsewhere);
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);
  document.addEventListener("htmx:beforeRequest", onRequest);
  document.addEventListener("htmx:afterSettle", onSwapped);
  document.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", onShow);
  window.addEventListener("resize", reachTables);
  window.addEventListener("beforeprint", unfoldAll);
  window.addEventListener("afterprint", foldAgain);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", onReady);
  else onReady();
})();
