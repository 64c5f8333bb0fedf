/* Filter, search and folding of findings. Texts are read out of the page when they are first searched. */
(function () {
    'use strict';
    var OPEN = 300; /* findings unfolded at once */

    function read(list) {
        return Array.from(list.querySelectorAll('.finding, .line')).map(function (element) {
            var values = element.dataset.v.split(' ').map(Number);
            return {element: element, chunk: element.parentElement, severity: values[0], strength: values[1], rule: values[2], text: null};
        });
    }
    function text(item) {
        if (item.text === null) item.text = item.element.textContent.toLowerCase();
        return item.text;
    }

    window.assayFindings = function () {
        var list = document.getElementById('list'), form = document.getElementById('filter');
        if (!list || !form) return;
        var get = function (name) { return document.getElementById('filter-' + name); };
        var items = read(list), chunks = Array.from(new Set(items.map(function (item) { return item.chunk; }))), timer = 0, count = get('count'), brief = document.getElementById('brief'), none = document.getElementById('none');

        /* What is not seen keeps the room that it may need: a chunk without a finding must have none. */
        function hideChunks() {
            var full = new Set();
            items.forEach(function (item) { if (!item.element.hidden) full.add(item.chunk); });
            chunks.forEach(function (chunk) { if (chunk.hidden === full.has(chunk)) chunk.hidden = !full.has(chunk); });
        }
        function apply() {
            var words = get('text').value.toLowerCase().split(/\s+/).filter(Boolean), severity = Number(get('severity').value), strength = Number(get('strength').value);
            var rule = Number(get('rule').value), shown = 0, lines = 0;
            items.forEach(function (item) {
                var good = item.severity >= severity && item.strength >= strength && (!rule || item.rule === rule) &&
                           words.every(function (word) { return /^#\d+$/.test(word) ? item.element.id === 'f' + word.slice(1) : text(item).indexOf(word) >= 0; });
                shown += good;
                lines += good && item.element.className.indexOf('line') === 0;
                if (item.element.hidden === good) item.element.hidden = !good;
            });
            hideChunks();
            if (brief) brief.hidden = lines === 0;
            none.hidden = shown > 0 || items.length === 0;
            count.textContent = shown === items.length ? d3.format(',')(shown) + (shown === 1 ? ' finding' : ' findings') : d3.format(',')(shown) + ' of ' + d3.format(',')(items.length) + ' findings';
        }
        function soon() {
            window.clearTimeout(timer);
            timer = window.setTimeout(apply, 150);
        }

        form.hidden = false;
        form.addEventListener('submit', function (event) { event.preventDefault(); apply(); });
        get('text').addEventListener('input', soon);
        ['severity', 'strength', 'rule'].forEach(function (name) { get(name).addEventListener('change', apply); });
        get('open').addEventListener('click', function () {
            var opened = 0;
            items.forEach(function (item) { if (!item.element.hidden && item.element.tagName === 'DETAILS' && opened++ < OPEN) item.element.open = true; });
            if (opened > OPEN) count.textContent = 'The first ' + OPEN + ' of ' + opened + ' are unfolded.';
        });
        get('close').addEventListener('click', function () { items.forEach(function (item) { if (item.element.open) item.element.open = false; }); });
        apply();

        /* What a link leads to is shown, whatever the filter says. */
        window.assayReveal = function (target) {
            if (target.hidden) {
                form.reset();
                apply();
            }
        };
    };
})();
