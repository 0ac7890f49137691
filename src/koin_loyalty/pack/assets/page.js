// Draws the charts whose data stand in #chart-data. `data-drawn` of <html> says how many.
(function () {
  "use strict";
  var charts = JSON.parse(document.getElementById("chart-data").textContent);
  var config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  // In pixels: below which a chart is narrow, and what A4 leaves between its margins.
  var narrow = 480;
  var paper = { width: 680, height: 0.8 };

  function element(chart) {
    return document.getElementById(chart.id);
  }

  // The chart's own axes, changed where it is narrow.
  function axes(chart, width) {
    var found = {};
    Object.keys(chart.narrow).forEach(function (axis) {
      Object.keys(chart.narrow[axis]).forEach(function (name) {
        var from = width < narrow ? chart.narrow : chart.layout;
        found[axis + "." + name] = from[axis][name];
      });
    });
    return found;
  }

  function fit(chart, size) {
    var at = element(chart);
    at.style.height = size.height + "px";
    return Plotly.relayout(at, Object.assign(axes(chart, size.width || at.clientWidth), size));
  }

  function onScreen(chart) {
    return fit(chart, { width: null, height: chart.height, autosize: true });
  }

  Promise.all(
    charts.map(function (chart) {
      var layout = JSON.parse(JSON.stringify(chart.layout));
      layout.height = chart.height;
      return Plotly.newPlot(element(chart), chart.data, layout, config).then(function () {
        return onScreen(chart);
      });
    })
  ).then(function (drawn) {
    document.documentElement.dataset.drawn = String(drawn.length);
    window.addEventListener("resize", function () {
      charts.forEach(function (chart) {
        if (Object.keys(chart.narrow).length) {
          Plotly.relayout(element(chart), axes(chart, element(chart).clientWidth));
        }
      });
    });
  });

  // Paper is narrower than most windows, and nobody resizes it.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) {
      details.dataset.wasOpen = details.open ? "yes" : "";
      details.open = true;
    });
    charts.forEach(function (chart) {
      fit(chart, {
        width: paper.width,
        height: Math.round(chart.height * paper.height),
        autosize: false
      });
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details").forEach(function (details) {
      details.open = details.dataset.wasOpen === "yes";
    });
    charts.forEach(onScreen);
  });
})();
