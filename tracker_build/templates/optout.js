(function () {
  var tracker = window[$name];
  var state = document.getElementById("state");
  var change = document.getElementById("change");
  function choice() {
    return (document.cookie.match("(?:^|; )" + $cookie + "=([^;]*)") || [])[1];
  }
  function show() {
    var signal = $gpc && (navigator.globalPrivacyControl || navigator.doNotTrack == "1");
    var out = $ask ? choice() != "0" : choice() == "1";
    state.textContent = !tracker ? "The tracker did not load, so nothing about this visit is recorded."
      : signal ? "Your browser asks not to be tracked. Nothing about your visits is recorded."
      : out ? "Nothing about your visits is recorded, on this site and its subdomains."
      : "Your visits are recorded, to improve this site. You can stop that here.";
    change.textContent = out ? "Allow it" : "Stop recording my visits";
    change.hidden = !tracker || signal;
    change.onclick = function () {
      tracker[out ? "optIn" : "optOut"]();
      show();
    };
  }
  show();
})();
