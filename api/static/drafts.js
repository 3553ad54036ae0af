// What is typed on a form is kept while somebody writes, and when they leave the page without submitting it.
(function () {
  "use strict";
  var EVERY = 20000;
  var status = null, form = null, typed = false;

  function onInput(event) {
    if (form && form.contains(event.target) && event.target.name && event.target.name.charAt(0) !== "_") typed = true;
  }

  function onRows(event) {
    var button = event.detail && event.detail.requestConfig && event.detail.requestConfig.elt;
    if (button && button.name && /^(add|remove):/.test(button.name)) typed = true;
  }

  function keep() {
    if (!typed || !window.htmx || form.getAttribute("data-sent")) return;
    typed = false;
    window.htmx.trigger(status, "autosave");
  }

  function onFailed(event) {
    if (event.detail.elt !== status) return;
    typed = true;
    status.textContent = status.getAttribute("data-failed");
  }

  // Other buttons of the page, links, a closed tab: what was typed goes along without anybody waiting for it.
  function onLeave() {
    if (!typed || !navigator.sendBeacon) return;
    typed = false;
    var fields = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (typeof value === "string") fields.append(name, value); });
    navigator.sendBeacon("/drafts", fields);
  }

  function onReady() {
    status = document.getElementById("draft-status");
    form = status && status.closest("form");
    if (!form) return;
    document.addEventListener("input", onInput);
    document.addEventListener("change", onInput);
    document.addEventListener("htmx:afterSettle", onRows);
    document.addEventListener("htmx:responseError", onFailed);
    document.addEventListener("htmx:sendError", onFailed);
    // It carries everything itself.
    form.addEventListener("submit", function () { typed = false; });
    window.addEventListener("pagehide", onLeave);
    window.setInterval(keep, EVERY);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", onReady);
  else onReady();
})();
