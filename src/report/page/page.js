/* Starts the parts; colours; unfolds what a link leads to and what is printed. */
(function () {
    'use strict';
    var PRINTED = 500, opened = []; /* findings unfolded for paper */

    function follow() {
        var target = null;
        try {
            target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
        } catch (error) {
            return;
        }
        if (!target) return;
        if (window.assayReveal) window.assayReveal(target);
        for (var box = target; box; box = box.parentElement) if (box.tagName === 'DETAILS') box.open = true;
        target.scrollIntoView();
    }

    /* On paper: all that is above info, as far as the filter shows it. */
    function unfold() {
        Array.from(document.querySelectorAll('.finding:not(.s0):not([hidden])')).slice(0, PRINTED).forEach(function (box) {
            if (!box.open) {
                box.open = true;
                opened.push(box);
            }
        });
    }
    function unfoldEvents() {
        var events = document.querySelector('.events');
        if (events && !events.open && events.querySelectorAll('tbody tr:not([hidden])').length <= 150) {
            events.open = true;
            opened.push(events);
        }
    }
    function fold() {
        opened.forEach(function (box) { box.open = false; });
        opened = [];
    }

    var colours = document.getElementById('colours');
    if (colours) {
        colours.hidden = false;
        colours.addEventListener('change', function (event) { document.documentElement.dataset.colours = event.target.value; });
    }

    /* Drawings are made for the width that there is. */
    var width = document.documentElement.clientWidth, due = 0;
    window.addEventListener('resize', function () {
        window.clearTimeout(due);
        due = window.setTimeout(function () {
            if (document.documentElement.clientWidth === width) return;
            width = document.documentElement.clientWidth;
            window.assayChains();
            window.assayTimeline();
        }, 250);
    });

    ['assayChains', 'assayFindings', 'assayTimeline'].forEach(function (name) { window[name](); });
    window.addEventListener('hashchange', follow);
    window.addEventListener('beforeprint', function () { unfold(); unfoldEvents(); });
    window.addEventListener('afterprint', fold);
    if (window.location.hash) follow();
})();
