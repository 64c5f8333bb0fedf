/* The graph of a chain: stages from top to bottom, steps in them, links with their reasons. What it shows stands as a list
   below it, too. */
(function () {
    'use strict';
    var NODE = {width: 226, height: 58}, GAP = {x: 68, y: 34}, LABEL = 112, MARGIN = 14, APART = 64, LANES = 6;
    var stages = ['release', 'installation', 'loader', 'payload', 'implant', 'driver', 'stomping', 'persistence', 'execution', 'removal', 'network'];

    function lastName(path) {
        var parts = String(path).split(/[\\/]/).filter(Boolean);
        return parts.length ? parts[parts.length - 1] : String(path);
    }
    function cut(text, most) {
        var points = Array.from(text);
        return points.length > most ? points.slice(0, most - 1).join('') + '\u2026' : text;
    }
    /* Cuts what is too long for the box by its real width. */
    function fit(node, most) {
        var text = Array.from(node.textContent);
        if (node.getComputedTextLength() <= most) return;
        while (text.length > 1 && node.getComputedTextLength() > most) {
            text.pop();
            node.textContent = text.join('') + '\u2026';
        }
    }
    function make(tag, text, name) {
        var element = document.createElement(tag);
        if (text !== undefined) element.textContent = text;
        if (name) element.className = name;
        return element;
    }

    /* Places steps: a band for each stage, as many to a row as the width holds, a channel for links to the right of each.
       Returns the height. */
    function place(chain, width) {
        var capacity = Math.max(1, Math.floor((width - LABEL - MARGIN) / (NODE.width + GAP.x)));
        var named = stages.filter(function (stage) { return chain.steps.some(function (s) { return s.stage === stage; }); });
        chain.steps.forEach(function (s) { if (named.indexOf(s.stage) < 0) named.push(s.stage); });
        var y = MARGIN, row = 0;
        chain.bands = named.map(function (stage) {
            var members = chain.steps.filter(function (s) { return s.stage === stage; });
            var rows = Math.ceil(members.length / capacity);
            members.forEach(function (s, i) {
                s.column = i % capacity;
                s.row = row + Math.floor(i / capacity);
                s.x = LABEL + s.column * (NODE.width + GAP.x);
                s.y = y + GAP.y / 2 + Math.floor(i / capacity) * (NODE.height + GAP.y);
                s.ports = {left: 0, right: 0};
            });
            var band = {stage: stage, y: y, height: rows * (NODE.height + GAP.y)};
            y += band.height + 10;
            row += rows;
            return band;
        });
        return y + MARGIN - 10;
    }

    /* Neighbours are joined straight; all others by a lane in the channel beside the step that the link comes from. */
    function bonds(chain) {
        var by = new Map(chain.steps.map(function (s) { return [s.n, s]; })), pairs = {}, channels = {};
        var all = chain.links.filter(function (l) { return by.has(l.from) && by.has(l.to); }).map(function (l) {
            var a = by.get(l.from), b = by.get(l.to), key = Math.min(l.from, l.to) + ' ' + Math.max(l.from, l.to);
            var bond = {a: a, b: b, link: l, key: key, near: '', lane: 0};
            if (a.column === b.column && Math.abs(a.row - b.row) === 1) bond.near = 'below';
            else if (a.row === b.row && Math.abs(a.column - b.column) === 1) bond.near = 'beside';
            if (bond.near) bond.lane = pairs[key] = (pairs[key] || 0) + 1;
            return bond;
        });
        all.filter(function (bond) { return !bond.near; }).sort(function (p, q) { return Math.min(p.a.y, p.b.y) - Math.min(q.a.y, q.b.y); }).forEach(function (bond) {
            var a = bond.a, b = bond.b, channel = bond.channel = b.column < a.column ? a.column - 1 : a.column, lanes = channels[channel] = channels[channel] || [];
            var top = Math.min(a.y, b.y), bottom = Math.max(a.y, b.y), lane = 0;
            while (lane < LANES && lanes[lane] >= top) lane++;
            bond.lane = lane % LANES;
            lanes[bond.lane] = bottom;
            bond.out = a.ports[b.column < a.column ? 'left' : 'right']++;
            bond.in = b.ports[b.column > a.column ? 'left' : 'right']++;
        });
        all.forEach(function (bond) { bond.lanes = pairs[bond.key] || 1; });
        return all;
    }

    /* A line by right angles, with round corners. */
    function rounded(points) {
        var path = 'M' + points[0], R = 7;
        for (var i = 1; i < points.length - 1; i++) {
            var p = points[i - 1], q = points[i], r = points[i + 1];
            var back = Math.min(R, Math.hypot(q[0] - p[0], q[1] - p[1]) / 2), on = Math.min(R, Math.hypot(r[0] - q[0], r[1] - q[1]) / 2);
            path += 'L' + (q[0] + Math.sign(p[0] - q[0]) * back) + ',' + (q[1] + Math.sign(p[1] - q[1]) * back) + 'Q' + q + ' ' +
                    (q[0] + Math.sign(r[0] - q[0]) * on) + ',' + (q[1] + Math.sign(r[1] - q[1]) * on);
        }
        return path + 'L' + points[points.length - 1];
    }
    function port(step, number) {
        return step.y + NODE.height / 2 + [0, 10, -10, 18, -18, 5, -5, 14][number % 8];
    }

    /* From one box to the other. */
    function route(bond) {
        var a = bond.a, b = bond.b, half = NODE.width / 2, shift = (bond.lane - 1 - (bond.lanes - 1) / 2);
        if (a === b) return 'M' + (a.x + half - 20) + ',' + a.y + 'c0,-22 40,-22 40,0';
        if (bond.near === 'below')
            return 'M' + (a.x + half + shift * APART) + ',' + (a.y < b.y ? a.y + NODE.height : a.y) + 'V' + (a.y < b.y ? b.y : b.y + NODE.height);
        if (bond.near === 'beside')
            return 'M' + (a.x < b.x ? a.x + NODE.width : a.x) + ',' + (a.y + NODE.height / 2 + shift * 20) + 'H' + (a.x < b.x ? b.x : b.x + NODE.width);
        var x = LABEL + bond.channel * (NODE.width + GAP.x) + NODE.width + 12 + bond.lane * 9, out = port(a, bond.out), into = port(b, bond.in);
        var start = [b.column < a.column ? a.x : a.x + NODE.width, out];
        if (Math.abs(a.column - b.column) > 1) /* over what stands between, by the gap above */
            return rounded([start, [x, out], [x, b.y - GAP.y / 2 + bond.lane], [b.x + half, b.y - GAP.y / 2 + bond.lane], [b.x + half, b.y]]);
        return rounded([start, [x, out], [x, into], [b.column > a.column ? b.x : b.x + NODE.width, into]]);
    }

    /* Sentences whose [12] lead to the finding of that number. */
    function prose(text) {
        var paragraph = make('p');
        text.split(/(\[\d{1,10}\])/).forEach(function (part, i) {
            if (i % 2 === 0) return paragraph.append(part);
            var link = make('a', part);
            link.href = '#f' + part.slice(1, -1);
            paragraph.append(link);
        });
        return paragraph;
    }
    function jump(chain, step, focus) {
        var button = make('button', 'step ' + step.n + ': ' + cut(lastName(step.name), 40));
        button.type = 'button';
        button.addEventListener('click', function () { chain.choose(step, focus); });
        return button;
    }

    /* What is known of the chosen step, and why it belongs to others. */
    function describe(chain, step) {
        var panel = chain.panel;
        panel.textContent = '';
        var head = make('p');
        head.append(make('b', 'Step ' + step.n), ', ', make('span', step.stage, 'stage'), ' ', make('b', step.name), ' ', make('span', step.strength, 'kind'));
        panel.append(head, prose(step.text));
        if (step.time) panel.append(make('p', step.time.replace('T', ' ').replace('Z', ' UTC') + (step.source ? ', ' + step.source : ''), 'from'));
        var list = make('ul');
        chain.bonds.forEach(function (bond) {
            if (bond.a !== step && bond.b !== step) return;
            var item = make('li');
            item.append(bond.a === step ? 'leads to ' : 'follows from ', jump(chain, bond.a === step ? bond.b : bond.a, true), ' ',
                        make('span', bond.link.kind + ', ' + bond.link.strength, 'kind'), ' ', bond.link.text);
            if (bond.link.records) item.append(' ', make('span', 'Read in: ' + bond.link.records, 'records'));
            list.append(item);
        });
        if (list.childNodes.length) panel.append(list);
        var foot = make('p', undefined, 'from'), link = make('a', 'In the list of steps');
        link.href = '#step-' + chain.id + '-' + step.n;
        foot.append(link);
        step.findings.slice(0, 30).forEach(function (id) {
            var one = make('a', 'finding ' + id);
            one.href = '#f' + id;
            foot.append(', ', one);
        });
        panel.append(foot);
    }

    function drawBonds(chain, layer) {
        var all = layer.selectAll('g').data(chain.bonds).enter().append('g').attr('class', function (b) { return 'bond ' + b.link.strength + (b.near ? ' near' : ''); });
        all.append('path').attr('d', route).attr('marker-end', 'url(#tip-' + chain.id + ')');
        all.append('text').attr('text-anchor', function (b) { return b.near ? 'middle' : 'start'; }).text(function (b) { return b.link.kind; }).each(function (b) {
            var path = this.previousSibling, middle = path.getPointAtLength(path.getTotalLength() / 2);
            d3.select(this).attr('x', middle.x + (b.near ? 0 : 5)).attr('y', middle.y + (b.near === 'beside' ? -5 : 4));
        });
        return all;
    }

    function drawNodes(chain, layer) {
        var all = layer.selectAll('g').data(chain.steps).enter().append('g').attr('class', function (s) { return 'node ' + s.strength; })
            .attr('transform', function (s) { return 'translate(' + s.x + ',' + s.y + ')'; }).attr('role', 'button').attr('aria-pressed', 'false')
            .attr('tabindex', function (s, i) { return i === 0 ? 0 : -1; });
        all.append('title').text(function (s) { return s.name; });
        all.append('rect').attr('width', NODE.width).attr('height', NODE.height).attr('rx', 5);
        all.append('text').attr('class', 'strong-text').attr('x', 10).attr('y', 24).text(function (s) { return s.n + ' ' + cut(lastName(s.name), 60); }).each(function () { fit(this, NODE.width - 18); });
        all.append('text').attr('class', 'small').attr('x', 10).attr('y', 45).text(function (s) { return ' ' + (s.time ? s.time.slice(0, 19).replace('T', ' ') : 'no time') + ' \u00b7 ' + s.strength; });
        /* What is seen comes first in the name, so that whoever speaks to the browser can say it. */
        all.attr('aria-label', function (s) {
            return Array.from(this.querySelectorAll('text')).map(function (t) { return t.textContent; }).join('') + ': step ' + s.n + ', ' + s.stage + ', ' + s.name;
        });
        return all;
    }

    function keys(chain, nodes) {
        nodes.on('click', function (s) { chain.choose(s, false); }).on('focus', function (s) { chain.choose(s, false); }).on('keydown', function (s, i) {
            var key = d3.event.key, last = chain.steps.length - 1, to;
            if (key === 'ArrowRight' || key === 'ArrowDown') to = Math.min(i + 1, last);
            else if (key === 'ArrowLeft' || key === 'ArrowUp') to = Math.max(i - 1, 0);
            else if (key === 'Home') to = 0;
            else if (key === 'End') to = last;
            else if (key === 'Enter' || key === ' ') to = i;
            else return;
            d3.event.preventDefault();
            chain.choose(chain.steps[to], true);
        });
    }

    /* Zoom by buttons, or by the wheel with Ctrl, so that the page still scrolls. */
    function zoomable(svg, inner, holder) {
        var zoom = d3.zoom().scaleExtent([0.4, 4]).filter(function () { return d3.event.type !== 'wheel' ? !d3.event.button && d3.event.type !== 'dblclick' : d3.event.ctrlKey || d3.event.metaKey; })
            .on('zoom', function () { inner.attr('transform', d3.event.transform); });
        svg.call(zoom);
        var bar = make('div', undefined, 'buttons');
        [['Larger', 1.3], ['Smaller', 1 / 1.3], ['Whole', 0]].forEach(function (entry) {
            var button = make('button', entry[0]);
            button.type = 'button';
            button.addEventListener('click', function () {
                if (entry[1]) svg.call(zoom.scaleBy, entry[1]);
                else svg.call(zoom.transform, d3.zoomIdentity);
            });
            bar.append(button);
        });
        bar.append(make('span', 'Arrow keys go from step to step; drag moves; Ctrl and the wheel enlarge.', 'hint'));
        holder.insertBefore(bar, holder.firstChild);
    }

    function draw(chain, holder) {
        holder.textContent = '';
        var left = make('div', undefined, 'left');
        holder.append(left);
        var width = Math.max(left.clientWidth || 0, 380), height = place(chain, width);
        chain.bonds = bonds(chain);
        var svg = d3.select(left).append('svg').attr('class', 'drawing').attr('viewBox', '0 0 ' + width + ' ' + height).attr('role', 'group')
            .attr('aria-label', 'Graph of ' + chain.title + ': ' + chain.steps.length + ' steps, ' + chain.bonds.length + ' links');
        svg.append('defs').append('marker').attr('id', 'tip-' + chain.id).attr('viewBox', '0 0 10 10').attr('refX', 9).attr('refY', 5).attr('markerWidth', 9).attr('markerHeight', 9)
            .attr('markerUnits', 'userSpaceOnUse').attr('orient', 'auto').append('path').attr('class', 'arrow').attr('d', 'M0,0L10,5L0,10Z');
        var inner = svg.append('g');
        var band = inner.append('g').attr('aria-hidden', 'true').selectAll('g').data(chain.bands).enter().append('g');
        band.append('rect').attr('class', 'band').attr('x', 4).attr('y', function (b) { return b.y; }).attr('width', width - 8).attr('height', function (b) { return b.height; }).attr('rx', 4);
        band.append('text').attr('class', 'small strong-text').attr('x', 14).attr('y', function (b) { return b.y + 24; }).text(function (b) { return cut(b.stage, 16); });
        var lines = drawBonds(chain, inner.append('g').attr('aria-hidden', 'true')), nodes = drawNodes(chain, inner.append('g'));
        chain.panel = make('div', undefined, 'panel');
        chain.panel.setAttribute('role', 'region');
        chain.panel.setAttribute('aria-label', 'The chosen step of ' + chain.title);
        holder.append(chain.panel);
        chain.choose = function (step, focus) {
            if (chain.chosen === step && !focus) return;
            chain.chosen = step;
            nodes.classed('chosen', function (s) { return s === step; }).attr('aria-pressed', function (s) { return String(s === step); }).attr('tabindex', function (s) { return s === step ? 0 : -1; });
            lines.classed('chosen', function (b) { return b.a === step || b.b === step; }).filter('.chosen').raise();
            describe(chain, step);
            if (focus) nodes.filter(function (s) { return s === step; }).node().focus();
        };
        keys(chain, nodes);
        zoomable(svg, inner, left);
        chain.chosen = null;
        chain.choose(chain.steps[0], false);
    }

    window.assayChains = function () {
        var data = document.getElementById('chain-data');
        if (!data) return;
        JSON.parse(data.textContent).forEach(function (chain) {
            var holder = document.querySelector('.graph[data-chain="' + Number(chain.id) + '"]');
            if (!holder || chain.steps.length === 0) return;
            holder.hidden = false;
            draw(chain, holder);
        });
    };
})();
