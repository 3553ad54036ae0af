// The live diagram: what is done, what is under way and until when. The list of steps beside it says the same in words.
(function () {
  "use strict";
  // bpmn-js 18 expects these; the oldest browsers served have neither.
  // eslint-disable-next-line es-x/no-object-hasown -- it is made here where it is missing
  if (!Object.hasOwn) Object.hasOwn = function (object, key) { return Object.prototype.hasOwnProperty.call(object, key); };
  if (!window.structuredClone) window.structuredClone = function (value) { return JSON.parse(JSON.stringify(value)); };

  var MARGIN = 16, WATERMARK = 40, SMALLEST = 0.2;

  // The due moment stands under a task and over an event, whose name is below it.
  function note(viewer, id, words) {
    var isEvent = viewer.get("elementRegistry").get(id).height < 50;
    var label = document.createElement("span");
    label.className = "diagram-due";
    label.textContent = words;
    viewer.get("overlays").add(id, { position: isEvent ? { top: -24, left: -8 } : { bottom: -4, left: 0 }, html: label });
  }

  function marks(viewer, state, due) {
    var canvas = viewer.get("canvas"), registry = viewer.get("elementRegistry");
    state.passed.forEach(function (id) { if (registry.get(id)) canvas.addMarker(id, "is-passed"); });
    state.active.forEach(function (id) { if (registry.get(id)) canvas.addMarker(id, "is-active"); });
    Object.keys(state.due).forEach(function (id) { if (registry.get(id)) note(viewer, id, due + " " + state.due[id]); });
  }

  // The box is as high as the whole diagram at this scale, so that only sideways there is something to move.
  function View(viewer, holder, active) {
    this.canvas = viewer.get("canvas");
    this.registry = viewer.get("elementRegistry");
    this.holder = holder;
    this.active = active;
    this.inner = this.canvas.viewbox().inner;
  }

  View.prototype.zoom = function (scale) {
    var width = this.holder.clientWidth;
    var fit = Math.max(SMALLEST, Math.min(1, (width - 2 * MARGIN) / this.inner.width));
    if (scale === "fit") scale = fit;
    this.holder.style.height = Math.ceil(this.inner.height * scale + 2 * MARGIN + WATERMARK) + "px";
    this.canvas.resized();
    this.canvas.viewbox({
      x: this.left(width / scale, scale), y: this.inner.y - MARGIN / scale,
      width: width / scale, height: this.holder.clientHeight / scale
    });
  };

  // The active step comes into view, without an empty margin beside the diagram.
  View.prototype.left = function (width, scale) {
    var margin = MARGIN / scale, first = this.inner.x - margin, last = this.inner.x + this.inner.width + margin - width;
    var shape = this.active.map(this.registry.get, this.registry).filter(Boolean)[0];
    var wanted = shape ? shape.x + shape.width / 2 - width / 2 : first;
    return last <= first ? first : Math.max(first, Math.min(last, wanted));
  };

  // A finger moves the diagram sideways; up and down it moves the page.
  function followFinger(holder, canvas) {
    var at = null;
    holder.addEventListener("touchstart", function (event) { at = event.touches[0].clientX; }, { passive: true });
    holder.addEventListener("touchmove", function (event) {
      canvas.scroll({ dx: event.touches[0].clientX - at, dy: 0 });
      at = event.touches[0].clientX;
    }, { passive: true });
  }

  function tools(view) {
    function press(button) {
      view.scale = button.getAttribute("data-zoom") === "fit" ? "fit" : 1;
      view.zoom(view.scale);
      buttons.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
    }
    var buttons = Array.prototype.slice.call(document.querySelectorAll("[data-zoom]"));
    buttons.forEach(function (button) { button.addEventListener("click", function () { press(button); }); });
    press(buttons[0]);
    window.addEventListener("resize", function () { if (!view.holder.classList.contains("in-print")) view.zoom(view.scale); });
    window.addEventListener("beforeprint", function () { view.holder.classList.add("in-print"); view.zoom("fit"); });
    window.addEventListener("afterprint", function () { view.holder.classList.remove("in-print"); view.zoom(view.scale); });
  }

  function show(holder, state) {
    var viewer = new window.BpmnJS({ container: holder, zoomScroll: { enabled: false } });
    return viewer.importXML(state.xml).then(function () {
      marks(viewer, state, holder.getAttribute("data-due"));
      tools(new View(viewer, holder, state.active));
      followFinger(holder, viewer.get("canvas"));
      holder.setAttribute("data-shown", "true");
    });
  }

  // Where the diagram is folded away, neither the viewer nor the diagram is fetched before somebody unfolds it.
  function viewer(then) {
    if (window.BpmnJS) { then(); return; }
    ["diagram-js.css", "bpmn-js.css", "bpmn.css"].forEach(function (name) {
      var sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = "/vendor/" + name;
      document.head.appendChild(sheet);
    });
    var script = document.createElement("script");
    script.src = "/vendor/bpmn-navigated-viewer.js";
    script.onload = then;
    document.head.appendChild(script);
  }

  function open(holder) {
    fetch(holder.getAttribute("data-source"), { credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); })
      .then(function (state) { return show(holder, state); })
      .catch(function () { holder.textContent = holder.getAttribute("data-failed"); });
  }

  // For compared.js, which draws with the same viewer.
  window.pingpinDiagrams = { load: viewer, followFinger: followFinger };

  document.addEventListener("DOMContentLoaded", function () {
    var holder = document.getElementById("diagram"), folded = holder && holder.closest("details.lazy");
    if (!holder) return;
    if (!folded) { viewer(function () { open(holder); }); return; }
    folded.addEventListener("toggle", function () {
      if (folded.open && !holder.hasAttribute("data-asked")) {
        holder.setAttribute("data-asked", "true");
        viewer(function () { open(holder); });
      }
    });
  });
})();
