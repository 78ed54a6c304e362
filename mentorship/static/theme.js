/* “Match this device”: before the page is painted, and whenever the device changes its mind. */
(function () {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  show();
  dark.addEventListener("change", show);
})();
