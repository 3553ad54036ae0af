// The live diagram: what is done, what is active. The history table says the same in words.
(function () {
  "use strict";
  // bpmn-js 18 expects these; the oldest browsers served have neither.
  if (!Object.hasOwn) Object.hasOwn = function (object, key) { return Object.prototype.hasOwnProperty.call(object, key); };
  if (!window.structuredClone) window.structuredClone = function (value) { return JSON.parse(JSON.stringify(value)); };

  function mark(canvas, registry, ids, marker) {
    ids.forEach(function (id) { if (registry.get(id)) canvas.addMarker(id, marker); });
  }

  function show(holder, state) {
    var viewer = new window.BpmnJS({ container: holder });
    return viewer.importXML(state.xml).then(function () {
      var canvas = viewer.get("canvas");
      canvas.zoom("fit-viewport");
      mark(canvas, viewer.get("elementRegistry"), state.passed, "is-passed");
      mark(canvas, viewer.get("elementRegistry"), state.active, "is-active");
      holder.setAttribute("data-shown", "true");
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var holder = document.getElementById("diagram");
    if (!holder) return;
    fetch(holder.getAttribute("data-source"), { credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (state) { return show(holder, state); })
      .catch(function (error) { holder.textContent = String(error); });
  });
})();
