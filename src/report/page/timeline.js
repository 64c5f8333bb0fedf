/* The timeline: a lane for each stage of the story and for each source of times. Bars count events in bins, dots are events
   that stand one by one in the table below; many at one place are one dot. The table follows the span that is shown. */
(function () {
    'use strict';
    var LANE = 30, LEFT = 108, RIGHT = 40, TOP = 8, AXIS = 30, BAR = 4, DOT = 9, ROWS = 400;
    var DAY = 86400000, MOST = 8.64e15;

    function make(tag, text, name) {
        var element = document.createElement(tag);
        if (text !== undefined) element.textContent = text;
        if (name) element.className = name;
        return element;
    }
    function iso(ms) {
        return Math.abs(ms) <= MOST ? new Date(ms).toISOString().replace('T', ' ').slice(0, -5) : '?';
    }
    /* Dates as everywhere on the page, as fine as the span needs. */
    function dates(scale) {
        var domain = scale.domain().map(Number), span = domain[1] - domain[0];
        return d3.utcFormat(span > 1500 * DAY ? '%Y' : span > 4 * DAY ? '%Y-%m-%d' : span > 300000 ? '%m-%d %H:%M' : span > 5000 ? '%H:%M:%S' : '%H:%M:%S.%L');
    }
    function grouped(n) { return d3.format(',')(n); }

    /* Steps and counts to starts and counts, in milliseconds since 1970. */
    function unpack(data) {
        return Object.keys(data.bins).map(function (source) {
            var flat = data.bins[source], at = 0, starts = [], counts = [], sums = [0];
            for (var i = 0; i < flat.length; i += 2) {
                at += flat[i];
                starts.push(data.origin + at * data.width * 1000);
                counts.push(flat[i + 1]);
                sums.push(sums[sums.length - 1] + flat[i + 1]);
            }
            return {name: source, starts: starts, counts: counts, sums: sums, bins: true};
        });
    }

    function rows() {
        return Array.from(document.querySelectorAll('#events tbody tr')).map(function (row) {
            return {row: row, at: Number(row.dataset.t), source: row.dataset.s, stage: row.dataset.g};
        });
    }

    function steps() {
        var list = [], data = document.getElementById('chain-data');
        (data ? JSON.parse(data.textContent) : []).forEach(function (chain) {
            chain.steps.forEach(function (s) {
                if (s.at !== undefined) list.push({at: s.at, stage: s.stage, mark: true, label: 'step ' + s.n + ', ' + s.stage + ': ' + s.name, goal: '#step-' + chain.id + '-' + s.n});
            });
        });
        return list;
    }

    /* The part of the time axis that matters first: the story, else what the table has, else the middle of it all. */
    function interesting(model) {
        var times = model.steps.length ? model.steps : model.events, values = times.map(function (t) { return t.at; });
        if (!values.length) {
            model.lanes.forEach(function (lane) { if (lane.bins) values = values.concat(lane.starts); });
            values.sort(d3.ascending);
            values = values.slice(Math.floor(values.length * 0.02), Math.ceil(values.length * 0.98));
        }
        return padded(d3.extent(values));
    }
    function padded(extent) {
        var span = Math.max(extent[1] - extent[0], 60000);
        return [extent[0] - span * 0.06, extent[1] + span * 0.06];
    }
    function whole(model) {
        var values = model.steps.concat(model.events).map(function (t) { return t.at; });
        model.lanes.forEach(function (lane) { if (lane.bins && lane.starts.length) values.push(lane.starts[0], lane.starts[lane.starts.length - 1] + model.width); });
        return padded(d3.extent(values));
    }

    function lanes(model, data) {
        var list = [];
        model.steps.concat(model.events).forEach(function (t) {
            if (t.stage && !list.some(function (lane) { return lane.stage === t.stage; })) list.push({name: t.stage, key: 'stage ' + t.stage, stage: t.stage, shown: true});
        });
        unpack(data).forEach(function (lane) { lane.shown = true; lane.key = 'source ' + lane.name; list.push(lane); });
        list.forEach(function (lane) {
            lane.dots = lane.stage ? model.steps.concat(model.events).filter(function (t) { return t.stage === lane.stage; }) :
                                     model.events.filter(function (t) { return t.source === lane.name; });
            lane.dots.sort(function (a, b) { return a.at - b.at; });
        });
        return list;
    }

    /* Counts of the bins that are seen, by columns of BAR points; a wide bin is one column. */
    function columns(model, lane, scale) {
        var domain = scale.domain().map(Number), first = Math.max(0, d3.bisectLeft(lane.starts, domain[0] - model.width)), last = d3.bisectRight(lane.starts, domain[1]);
        var wide = Math.max(scale(domain[0] + model.width) - scale(domain[0]), BAR - 1), list = [], sum = 0;
        for (var i = first; i < last; i++) {
            var x = Math.floor(scale(lane.starts[i]) / BAR) * BAR;
            if (wide > BAR) x = scale(lane.starts[i]);
            sum += lane.counts[i];
            if (list.length && list[list.length - 1].x === x) list[list.length - 1].count += lane.counts[i];
            else list.push({x: x, count: lane.counts[i]});
        }
        return {list: list, width: wide, sum: sum};
    }

    function barPath(model, lane, scale, y, most) {
        var found = lane.columns, path = '', left = scale.range()[0], right = scale.range()[1];
        found.list.forEach(function (column) {
            var height = Math.max(1.5, (LANE - 9) * Math.log1p(column.count) / Math.log1p(most));
            var from = Math.max(column.x, left), to = Math.min(column.x + found.width, right);
            if (to > from) path += 'M' + from + ',' + (y + LANE - 4) + 'V' + (y + LANE - 4 - height) + 'H' + to + 'V' + (y + LANE - 4) + 'Z';
        });
        return path;
    }

    /* Dots that would lie over each other are one. */
    function clusters(lane, scale) {
        var domain = scale.domain().map(Number), list = [], open = [];
        lane.dots.forEach(function (dot) {
            if (dot.at < domain[0] || dot.at > domain[1]) return;
            var x = scale(dot.at), last = open[dot.mark ? 1 : 0];
            if (last && x - last.x < DOT) last.dots.push(dot);
            else list.push(open[dot.mark ? 1 : 0] = {x: x, dots: [dot], lane: lane});
        });
        return list.sort(function (a, b) { return (a.dots[0].mark ? 1 : 0) - (b.dots[0].mark ? 1 : 0) || a.x - b.x; });
    }

    function follow(model) {
        var domain = model.scale.domain().map(Number), seen = 0, told = 0, shown = {};
        model.lanes.forEach(function (lane) { shown[lane.key] = lane.shown; });
        model.events.forEach(function (event) {
            var inside = event.at >= domain[0] && event.at <= domain[1] && shown['source ' + event.source] !== false && (!event.stage || shown['stage ' + event.stage] !== false);
            seen += inside;
            var show = inside && told < ROWS;
            told += show;
            if (event.row.hidden === show) event.row.hidden = !show;
        });
        var total = d3.sum(model.lanes, function (lane) { return lane.shown && lane.columns ? lane.columns.sum : 0; });
        model.status.textContent = iso(domain[0]) + ' to ' + iso(domain[1]) + ' UTC: ' + grouped(total) + ' times in bars, ' + seen + ' of ' + model.events.length + ' single events' +
                                   (seen > ROWS ? ', the first ' + ROWS + ' of them in the table' : '');
        var count = document.getElementById('event-count');
        if (count) count.textContent = seen === model.events.length ? grouped(seen) + ' events' : grouped(seen) + ' events of ' + grouped(model.events.length) + ' in the span shown,';
    }

    function redraw(model) {
        var visible = model.lanes.filter(function (lane) { return lane.shown; }), most = 1;
        var scale = model.scale = model.transform.rescaleX(model.base);
        visible.forEach(function (lane) {
            lane.columns = lane.bins ? columns(model, lane, scale) : null;
            if (lane.columns) lane.columns.list.forEach(function (column) { most = Math.max(most, column.count); });
        });
        var height = TOP + visible.length * LANE;
        model.svg.attr('viewBox', '0 0 ' + model.size + ' ' + (height + AXIS));
        model.surface.attr('height', height);
        model.svg.attr('data-span', Math.round(Number(scale.domain()[1]) - Number(scale.domain()[0])));
        model.axis.attr('transform', 'translate(0,' + height + ')').call(d3.axisBottom(scale).ticks(Math.max(2, model.size / 150)).tickFormat(dates(scale)).tickSizeOuter(0));
        var groups = model.layer.selectAll('g.lane').data(visible, function (lane) { return lane.key; });
        groups.exit().remove();
        var entered = groups.enter().append('g').attr('class', 'lane');
        entered.append('line').attr('class', 'lane-line').attr('x1', LEFT).attr('x2', model.size - RIGHT).attr('y1', LANE - 4).attr('y2', LANE - 4);
        entered.append('text').attr('class', function (lane) { return lane.stage ? 'small strong-text' : 'small'; }).attr('x', LEFT - 10).attr('y', LANE - 9).attr('text-anchor', 'end').text(function (lane) { return lane.name; });
        entered.append('path').attr('class', 'bar');
        entered.append('g').attr('class', 'dots');
        var all = entered.merge(groups).attr('transform', function (lane, i) { return 'translate(0,' + (TOP + i * LANE) + ')'; });
        all.select('path.bar').attr('d', function (lane) { return lane.bins ? barPath(model, lane, scale, 0, most) : ''; });
        var dots = all.select('g.dots').selectAll('circle').data(function (lane) { return clusters(lane, scale); });
        dots.exit().remove();
        var fresh = dots.enter().append('circle');
        fresh.append('title');
        fresh.on('click', function (cluster) { open(model, cluster); });
        dots = fresh.merge(dots).attr('class', function (c) { return 'dot' + (c.dots[0].mark ? ' step-mark' : ''); }).attr('cx', function (c) { return c.x; }).attr('cy', LANE / 2)
                .attr('r', function (c) { return c.dots[0].mark ? 4 : Math.min(3.5 + Math.sqrt(c.dots.length - 1) * 1.1, LANE / 2 - 3); });
        dots.select('title').text(function (c) {
            return c.dots.length > 1 ? c.dots.length + ' events, from ' + iso(c.dots[0].at) + ' to ' + iso(c.dots[c.dots.length - 1].at) : (c.dots[0].label || c.lane.name) + ', ' + iso(c.dots[0].at);
        });
        follow(model);
    }

    /* A cluster opens into its events, a single one shows where it is told. */
    function open(model, cluster) {
        var dots = cluster.dots, from = dots[0].at, to = dots[dots.length - 1].at;
        if (dots.length > 1 && to > from) return go(model, padded([from, to]));
        if (dots[0].goal) window.location.hash = dots[0].goal;
        else if (dots[0].row) {
            var box = document.querySelector('.events');
            if (box) box.open = true;
            dots[0].row.hidden = false;
            dots[0].row.scrollIntoView({block: 'center'});
        }
    }

    function go(model, domain) {
        var range = model.base.range(), k = (range[1] - range[0]) / (model.base(domain[1]) - model.base(domain[0]));
        k = Math.min(k, model.zoom.scaleExtent()[1]);
        var middle = model.base((domain[0] + domain[1]) / 2);
        model.svg.call(model.zoom.transform, d3.zoomIdentity.translate((range[0] + range[1]) / 2 - k * middle, 0).scale(k));
    }
    function pan(model, part) {
        var domain = model.scale.domain().map(Number), shift = (domain[1] - domain[0]) * part;
        go(model, [domain[0] + shift, domain[1] + shift]);
    }

    function buttons(model) {
        var bar = make('div', undefined, 'buttons');
        [[model.steps.length ? 'Story' : 'Findings', function () { go(model, interesting(model)); }], ['Everything', function () { model.svg.call(model.zoom.transform, d3.zoomIdentity); }],
         ['Closer', function () { model.svg.call(model.zoom.scaleBy, 2); }], ['Farther', function () { model.svg.call(model.zoom.scaleBy, 0.5); }],
         ['Earlier', function () { pan(model, -0.4); }], ['Later', function () { pan(model, 0.4); }]].forEach(function (entry) {
            var button = make('button', entry[0]);
            button.type = 'button';
            button.addEventListener('click', entry[1]);
            bar.append(button);
        });
        bar.append(make('span', 'Drag moves, Ctrl and the wheel zoom, arrow keys and + and \u2212 do the same; a click on a bar goes closer.', 'hint'));
        return bar;
    }

    /* Which lanes are shown: those of stages, those of sources. */
    function checks(model, title, wanted) {
        var set = make('fieldset', undefined, 'checks');
        set.append(make('legend', title));
        model.lanes.filter(wanted).forEach(function (lane) {
            var label = make('label'), box = make('input');
            box.type = 'checkbox';
            box.checked = true;
            box.addEventListener('change', function () { lane.shown = box.checked; redraw(model); });
            label.append(box, ' ' + lane.name);
            set.append(label);
        });
        return set.childNodes.length > 1 ? set : '';
    }

    function interact(model) {
        model.svg.call(model.zoom).on('dblclick.zoom', null).on('keydown', function () {
            var keys = {ArrowLeft: function () { pan(model, -0.2); }, ArrowRight: function () { pan(model, 0.2); }, '+': function () { model.svg.call(model.zoom.scaleBy, 1.5); },
                        '=': function () { model.svg.call(model.zoom.scaleBy, 1.5); }, '-': function () { model.svg.call(model.zoom.scaleBy, 1 / 1.5); },
                        Home: function () { model.svg.call(model.zoom.transform, d3.zoomIdentity); }};
            var act = keys[d3.event.key];
            if (!act || d3.event.ctrlKey || d3.event.metaKey) return;
            d3.event.preventDefault();
            act();
        });
        model.surface.on('click', function () {
            var at = Number(model.scale.invert(d3.mouse(this)[0])), domain = model.scale.domain().map(Number), quarter = (domain[1] - domain[0]) / 8;
            go(model, [at - quarter, at + quarter]);
        }).on('mousemove', function () {
            var x = d3.mouse(this)[0];
            model.pointer.attr('x1', x).attr('x2', x).attr('y1', TOP).attr('y2', TOP + model.surface.attr('height') * 1).attr('display', null);
            model.hover.text(iso(Number(model.scale.invert(x))) + ' UTC');
        });
    }

    window.assayTimeline = function () {
        var holder = document.getElementById('chart'), source = document.getElementById('bin-data');
        if (!holder || !source) return;
        var data = JSON.parse(source.textContent), model = {events: rows(), steps: steps(), width: data.width * 1000, transform: d3.zoomIdentity};
        model.lanes = lanes(model, data);
        if (!model.lanes.length) return;
        holder.hidden = false;
        holder.textContent = '';
        model.size = Math.max(holder.clientWidth, 420);
        var extent = whole(model).map(function (t) { return Math.max(-MOST, Math.min(MOST, t)); });
        model.base = d3.scaleUtc().domain(extent).range([LEFT, model.size - RIGHT]);
        model.status = make('output');
        model.status.setAttribute('role', 'status');
        holder.append(buttons(model));
        model.svg = d3.select(holder).append('svg').attr('class', 'drawing').attr('role', 'group').attr('tabindex', 0)
            .attr('aria-label', 'Timeline in ' + model.lanes.length + ' lanes. The table of events below has the same span; arrow keys move it, plus and minus change it.');
        model.surface = model.svg.append('rect').attr('class', 'surface').attr('x', LEFT).attr('y', TOP).attr('width', model.size - LEFT - RIGHT);
        model.layer = model.svg.append('g');
        model.axis = model.svg.append('g').attr('class', 'axis').attr('aria-hidden', 'true');
        model.pointer = model.svg.append('line').attr('class', 'pointer').attr('display', 'none');
        model.hover = model.surface.append('title');
        model.zoom = d3.zoom().scaleExtent([1, Math.max(2, (extent[1] - extent[0]) / 20)]).extent([[LEFT, 0], [model.size - RIGHT, 1]]).translateExtent([[LEFT, 0], [model.size - RIGHT, 1]])
            .filter(function () { return d3.event.type === 'wheel' ? d3.event.ctrlKey || d3.event.metaKey : !d3.event.button; })
            .on('zoom', function () {
                model.transform = d3.event.transform;
                if (!model.due) model.due = window.requestAnimationFrame(function () { model.due = 0; redraw(model); });
            });
        holder.append(model.status, checks(model, 'Stages', function (lane) { return lane.stage; }), checks(model, 'Sources', function (lane) { return !lane.stage; }));
        interact(model);
        redraw(model);
        go(model, interesting(model));
    };
})();
