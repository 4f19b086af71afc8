/* Extras only: every page works without this file. Buttons stay hidden where they cannot work. */
(function () {
  "use strict";

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });

  if ("speechSynthesis" in window && window.SpeechSynthesisUtterance) {
    document.querySelectorAll("[data-speak]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        var main = document.getElementById("main");
        if (window.speechSynthesis.speaking) {
          window.speechSynthesis.cancel();
          return;
        }
        var words = new window.SpeechSynthesisUtterance(main.innerText);
        words.lang = document.documentElement.lang;
        words.rate = 0.9;
        window.speechSynthesis.speak(words);
      });
    });
  }

  /* After a refused form the summary is read first. */
  var errors = document.getElementById("errors");
  if (errors) {
    errors.focus();
  }
})();
