// On a phone the navigation scrolls sideways: where we are comes into view.
const nav = document.querySelector(".admin__nav");
const here = nav?.querySelector("[aria-current]");
if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
