// Draws the charts whose data stand in #chart-data. `data-drawn` of <html> says how many.
(function () {
  "use strict";
  var charts = JSON.parse(document.getElementById("chart-data").textContent);
  var config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  var printWidth = 660;

  function element(chart) {
    return document.getElementById(chart.id);
  }

  Promise.all(
    charts.map(function (chart) {
      chart.layout.height = chart.height;
      return Plotly.newPlot(element(chart), chart.data, chart.layout, config);
    })
  ).then(function (drawn) {
    document.documentElement.dataset.drawn = String(drawn.length);
  });

  // Paper is narrower than most windows, and nobody resizes it.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) {
      details.dataset.wasOpen = details.open ? "yes" : "";
      details.open = true;
    });
    charts.forEach(function (chart) {
      Plotly.relayout(element(chart), { width: printWidth, autosize: false });
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details").forEach(function (details) {
      details.open = details.dataset.wasOpen === "yes";
    });
    charts.forEach(function (chart) {
      Plotly.relayout(element(chart), { width: null, autosize: true });
    });
  });
})();
