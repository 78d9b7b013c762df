(function () {
  "use strict";
  var doc = document;
  doc.querySelectorAll("[data-tools]").forEach(function (box) {
    var table = doc.getElementById(box.dataset.tools), rows = Array.from(table.tBodies[0].rows);
    var field = box.querySelector("input"), said = box.querySelector("output");
    box.hidden = false;
    field.addEventListener("input", function () {
      var word = field.value.trim().toLowerCase(), shown = 0;
      rows.forEach(function (row) {
        var text = row.dataset.find || (row.dataset.find = row.textContent.toLowerCase());
        row.hidden = word !== "" && text.indexOf(word) < 0;
        if (!row.hidden) { shown += 1; }
      });
      said.textContent = word ? shown + " of " + rows.length : "";
    });
  });
  doc.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
    heads.forEach(function (head, at) {
      var button = doc.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var key = function (row) {
          var text = row.cells[at].textContent.trim(), mark = text.replace(/[<>]/, "");
          var value = parseFloat(mark);
          if (text === "–") { return -1; }
          return isNaN(value) ? text : value + (text[0] === "<" ? -0.5 : text[0] === ">" ? 0.5 : 0);
        };
        var rows = Array.from(table.tBodies[0].rows).map(function (row) { return [key(row), row]; });
        rows.sort(function (a, b) {
          var less = typeof a[0] === "string" || typeof b[0] === "string"
            ? String(a[0]).localeCompare(String(b[0])) : a[0] - b[0];
          return up ? less : -less;
        });
        rows.forEach(function (pair) { table.tBodies[0].appendChild(pair[1]); });
      });
    });
  });
  window.addEventListener("beforeprint", function () {
    doc.querySelectorAll("details[data-print]").forEach(function (d) { d.open = true; });
  });
}());
