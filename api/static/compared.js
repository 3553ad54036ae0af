// A diagram in two versions beside each other: what differs is marked and numbered, and the list below has the same numbers.
(function () {
  "use strict";

  var MARGIN = 24, WATERMARK = 40, AROUND = 90, HIGHEST = 560, PAPER = 640, PAPER_HIGHEST = 210, CLOSE = 0.8, EVENT = 50;
  // Of a mark: how many widths of it and how much more it stands aside of its spot, and how much below.
  var PLACES = { "at-corner": [-0.4, 0, -10], "above-line": [-0.6, 0, -25], "beside-line": [0, 7, -10] };
  var SIGNS = { added: "＋", removed: "－", changed: "≠" };

  // Of what lies in a sub-process that is folded, the sub-process is marked.
  function seen(viewer, id) {
    var canvas = viewer.get("canvas"), registry = viewer.get("elementRegistry"), root;
    while (registry.get(id) && (root = canvas.findRoot(id)) && root !== canvas.getRootElement()) {
      id = root.id.replace(/_plane$/, "");
    }
    return registry.get(id);
  }

  // A mark stands beside a flow's longest stretch, and on the lower right corner of all else; under an event is its name.
  function spot(element) {
    var longest = -1, below = element.height < EVENT ? 0 : element.height;
    var found = { x: element.x + element.width, y: element.y + below, place: "at-corner" };
    (element.waypoints || []).forEach(function (point, at, all) {
      var next = all[at + 1] || point, across = Math.abs(next.x - point.x), down = Math.abs(next.y - point.y);
      if (across + down <= longest) return;
      longest = across + down;
      found = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2, place: across < down ? "beside-line" : "above-line" };
    });
    return found;
  }

  function box(element) {
    var points = element.waypoints || [element, { x: element.x + element.width, y: element.y + element.height }];
    var xs = points.map(function (point) { return point.x; }), ys = points.map(function (point) { return point.y; });
    return { left: Math.min.apply(null, xs), top: Math.min.apply(null, ys),
      right: Math.max.apply(null, xs), bottom: Math.max.apply(null, ys) };
  }

  function around(boxes, margin) {
    function most(side, which) { return which.apply(null, boxes.map(function (one) { return one[side]; })); }
    var left = most("left", Math.min) - margin, top = most("top", Math.min) - margin;
    return { x: left, y: top, width: most("right", Math.max) + margin - left, height: most("bottom", Math.max) + margin - top };
  }

  // What is asked for, as far as there is anything.
  function within(region, all) {
    var left = Math.max(region.x, all.x), top = Math.max(region.y, all.y);
    return { x: left, y: top, width: Math.min(region.x + region.width, all.x + all.width) - left,
      height: Math.min(region.y + region.height, all.y + all.height) - top };
  }

  function svg(parent, name, attributes) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return parent.appendChild(made);
  }

  // Part of the drawing and no overlay: on paper Chromium puts overlays elsewhere once a drawing moves to another page.
  function badge(layer, mark, at, others) {
    var shown = SIGNS[mark.how] + mark.number, width = 16 + 8 * shown.length, shift = PLACES[at.place];
    var group = svg(layer, "g", { "data-x": at.x, "data-y": at.y });
    var link = svg(group, "a", {
      class: "diagram-mark is-" + mark.how, href: "#mark-" + mark.number, "data-mark": mark.number, "aria-label": mark.words,
      transform: "translate(" + ((shift[0] + others) * width + shift[1]) + " " + shift[2] + ")"
    });
    svg(link, "title", {}).textContent = mark.words;
    svg(link, "rect", { width: width, height: 20, rx: 10 });
    svg(link, "text", { x: width / 2, y: 15, "text-anchor": "middle" }).textContent = shown;
  }

  // One of the two drawings: its viewer and the elements that bear marks, by number.
  function Side(holder, viewer, marks) {
    var side = this;
    this.viewer = viewer;
    this.canvas = viewer.get("canvas");
    this.holder = holder;
    this.layer = this.canvas.getLayer("marks", 1);
    this.marked = {};
    marks.forEach(function (mark) {
      mark.elements.forEach(function (id) {
        var element = seen(viewer, id);
        if (element) side.mark(element, mark, element.id === id ? mark.how : "changed");
      });
    });
    this.follow();
  }

  Side.prototype.mark = function (element, mark, how) {
    var others = this.all().filter(function (one) { return one === element; });
    this.canvas.addMarker(element.id, "is-" + how);
    badge(this.layer, mark, spot(element), others.length);
    this.marked[mark.number] = (this.marked[mark.number] || []).concat(element);
  };

  Side.prototype.all = function () {
    var marked = this.marked;
    return Object.keys(marked).reduce(function (all, number) { return all.concat(marked[number]); }, []);
  };

  // Marks are as large as letters whatever the scale, and belong to the diagram that one sees first.
  Side.prototype.follow = function () {
    var side = this, first = this.canvas.getRootElement();
    function place() {
      var scale = side.canvas.zoom();
      side.layer.querySelectorAll("[data-x]").forEach(function (group) {
        group.setAttribute("transform", "translate(" + group.getAttribute("data-x") + " " + group.getAttribute("data-y") + ") scale(" + 1 / scale + ")");
      });
    }
    this.viewer.on("canvas.viewbox.changed", place);
    this.viewer.on("root.set", function (event) { side.layer.style.display = event.element === first ? "" : "none"; });
  };

  Side.prototype.whole = function () {
    var inner = this.canvas.viewbox().inner;
    return { left: inner.x, top: inner.y, right: inner.x + inner.width, bottom: inner.y + inner.height };
  };

  Side.prototype.point = function (number, isOn) {
    var canvas = this.canvas;
    (this.marked[number] || []).forEach(function (element) {
      if (isOn) canvas.addMarker(element.id, "is-pointed");
      else canvas.removeMarker(element.id, "is-pointed");
    });
  };

  // Both sides show the same part of the plane at the same scale; who moves one moves the other.
  function Pair(holder, sides) {
    this.holder = holder;
    this.sides = sides;
    this.whole = around(sides.map(function (side) { return side.whole(); }), 0);
    this.boxes = sides.reduce(function (all, side) { return all.concat(side.all().map(box)); }, []);
    this.mode = this.boxes.length ? "changes" : "whole";
    sides.forEach(this.follow, this);
  }

  Pair.prototype.follow = function (side) {
    var pair = this, busy = false;
    side.viewer.on("canvas.viewbox.changed", function (event) {
      if (busy || pair.setting) return;
      busy = true;
      pair.sides.forEach(function (other) {
        if (other !== side) other.canvas.viewbox({ x: event.viewbox.x, y: event.viewbox.y, width: event.viewbox.width, height: event.viewbox.height });
      });
      busy = false;
    });
  };

  // `changes`: what is marked and some of what is around it, in the middle of what there is.
  Pair.prototype.show = function () {
    var region = this.mode === "whole" || !this.boxes.length ? this.whole : within(around(this.boxes, AROUND), this.whole);
    var width = this.sides[0].holder.clientWidth;
    if (!width) return;
    var highest = this.printed ? PAPER_HIGHEST : HIGHEST;
    var fit = Math.min(1, (width - 2 * MARGIN) / region.width, highest / region.height);
    var scale = this.mode === "full" ? 1 : fit;
    var height = Math.min(highest, Math.ceil(region.height * scale)) + 2 * MARGIN + WATERMARK;
    this.look(region, scale, height);
  };

  // In the middle of the box but for the strip at its foot, where nothing is drawn under the mark of whoever made the viewer.
  Pair.prototype.look = function (region, scale, height) {
    this.setting = true;
    this.sides.forEach(function (side) {
      if (height) side.holder.style.height = height + "px";
      side.canvas.resized();
      var width = side.holder.clientWidth / scale, tall = side.holder.clientHeight / scale;
      side.canvas.viewbox({
        x: region.x + (region.width - width) / 2, y: region.y + (region.height - tall + WATERMARK / scale) / 2,
        width: width, height: tall
      });
    });
    this.setting = false;
  };

  Pair.prototype.point = function (number, isOn) {
    this.sides.forEach(function (side) { side.point(number, isOn); });
  };

  // From a sentence to its shape, large enough to be read.
  Pair.prototype.reveal = function (number) {
    var boxes = this.sides.reduce(function (all, side) { return all.concat((side.marked[number] || []).map(box)); }, []);
    if (!boxes.length) return;
    this.look(around(boxes, 0), Math.max(CLOSE, this.sides[0].canvas.zoom()));
  };

  Pair.prototype.tools = function () {
    var pair = this, buttons = Array.prototype.slice.call(this.holder.querySelectorAll("[data-show]"));
    function press(button) {
      pair.mode = button.getAttribute("data-show");
      buttons.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      pair.show();
    }
    buttons.forEach(function (button) {
      button.hidden = button.getAttribute("data-show") === "changes" && !pair.boxes.length;
      button.setAttribute("aria-pressed", String(button.getAttribute("data-show") === pair.mode));
      button.addEventListener("click", function () { press(button); });
    });
  };

  Pair.prototype.print = function (isPrinted) {
    this.printed = isPrinted;
    this.sides.forEach(function (side) {
      side.holder.classList.toggle("in-print", isPrinted);
      side.holder.style.width = isPrinted ? PAPER + "px" : "";
    });
    this.show();
  };

  function marks(pair) {
    function mark(event) {
      var place = event.target.closest && event.target.closest("[data-mark]");
      return place && place.getAttribute("data-mark");
    }
    [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]].forEach(function (kind) {
      document.addEventListener(kind[0], function (event) { if (mark(event)) pair.point(mark(event), kind[1]); });
    });
    document.addEventListener("click", function (event) {
      var link = event.target.closest && event.target.closest("a[data-reveal]");
      if (link) pair.reveal(link.getAttribute("data-reveal"));
    });
  }

  function draw(holder, drawn) {
    var viewer = new window.BpmnJS({ container: holder, zoomScroll: { enabled: false } });
    return viewer.importXML(drawn.xml).then(function () {
      window.pingpinDiagrams.followFinger(holder, viewer.get("canvas"));
      return new Side(holder, viewer, drawn.marks);
    });
  }

  function open(holder) {
    var drawn = JSON.parse(holder.querySelector("script[type='application/json']").textContent);
    var boxes = Array.prototype.slice.call(holder.querySelectorAll("[data-side]"));
    return Promise.all(boxes.map(function (one) { return draw(one, drawn[one.getAttribute("data-side")]); })).then(function (sides) {
      var pair = new Pair(holder, sides);
      pair.tools();
      pair.show();
      marks(pair);
      window.addEventListener("resize", function () { if (!pair.printed) pair.show(); });
      window.addEventListener("beforeprint", function () { pair.print(true); });
      window.addEventListener("afterprint", function () { pair.print(false); });
      holder.setAttribute("data-shown", "true");
    }).catch(function () {
      boxes.forEach(function (one) { one.textContent = holder.getAttribute("data-failed"); });
    });
  }

  // One after the other, so that the page stays alive meanwhile.
  document.addEventListener("DOMContentLoaded", function () {
    var holders = Array.prototype.slice.call(document.querySelectorAll("[data-compared]"));
    if (!holders.length) return;
    window.pingpinDiagrams.load(function () {
      holders.reduce(function (before, holder) { return before.then(function () { return open(holder); }); }, Promise.resolve());
    });
  });
})();
