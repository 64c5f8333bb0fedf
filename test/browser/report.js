/* Opens pages of `assay report` in a browser and prints TAP. usage: node report.js FOLDER BROWSER
   FOLDER holds small.html, nasty.html and big.html, made by test/run/report_browser.sh; pictures are left there. */
'use strict';
const fs = require('fs'), path = require('path');
const {chromium} = require('playwright-core');
const [folder, program] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
let count = 0, failed = 0;

function ok(name, good, detail) {
    count++;
    failed += !good;
    console.log((good ? 'ok ' : 'not ok ') + count + ' - ' + name);
    if (!good && detail !== undefined) console.log(String(detail).split('\n').slice(0, 20).map(line => '# ' + line).join('\n'));
}
function is(name, got, wanted) {
    ok(name, JSON.stringify(got) === JSON.stringify(wanted), 'got:    ' + JSON.stringify(got) + '\nwanted: ' + JSON.stringify(wanted));
}

/* A page whose complaints and requests are written down. */
async function open(browser, name, options) {
    const context = await browser.newContext(Object.assign({viewport: {width: 1280, height: 900}, reducedMotion: 'reduce'}, options));
    const page = await context.newPage(), url = 'file://' + path.join(folder, name);
    page.complaints = [];
    page.requests = [];
    page.on('console', message => page.complaints.push(message.type() + ': ' + message.text()));
    page.on('pageerror', error => page.complaints.push(String(error)));
    page.on('request', request => { if (request.url().split('#')[0] !== url) page.requests.push(request.url()); });
    page.on('requestfailed', request => { if (request.failure().errorText === 'csp') page.requests = page.requests.filter(asked => asked !== request.url()); });
    await page.goto(url);
    return page;
}
const settle = page => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
const span = page => page.evaluate(() => Number(document.querySelector('#chart svg').dataset.span));
const status = page => page.textContent('#filter-count');

async function graph(page) {
    const first = page.locator('.graph').first(), panel = first.locator('.panel');
    is('the graph has every step and link', [await first.locator('.node').count(), await first.locator('.bond').count()], [9, 9]);
    await first.locator('.node').nth(4).click();
    ok('a step that is clicked is described', (await panel.textContent()).includes('Step 5, implant C:\\Windows\\System32\\wlbsctrl.dll'), await panel.textContent());
    ok('its links have reasons and records', /leads to step 8: service IKEEXT service, strong The service's host group.*Read in: MFT entry/.test(await panel.textContent()), await panel.textContent());
    is('its links stand out', await first.locator('.bond.chosen').count(), 4);
    await first.locator('.node').nth(0).focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'End', 'ArrowLeft']) await page.keyboard.press(key);
    ok('arrow keys go from step to step', (await page.evaluate(() => document.activeElement.getAttribute('aria-label'))).includes(': step 8, persistence, service IKEEXT'));
    ok('and the description follows', (await panel.textContent()).startsWith('Step 8, persistence'));
    is('one step is in the order of tabs', await first.locator('.node[tabindex="0"]').count(), 1);
    ok('no link runs through a step', await first.evaluate(graph => {
        const boxes = Array.from(graph.querySelectorAll('.node')).map(node => node.getBoundingClientRect());
        return Array.from(graph.querySelectorAll('.bond path')).every(path => {
            const inside = boxes.filter(box => {
                for (let i = 1; i < 40; i++) {
                    const at = path.getPointAtLength(path.getTotalLength() * i / 40).matrixTransform(path.getScreenCTM());
                    if (at.x > box.left + 3 && at.x < box.right - 3 && at.y > box.top + 3 && at.y < box.bottom - 3) return true;
                }
                return false;
            });
            return inside.length === 0;
        });
    }));
    await panel.locator('button').first().click();
    ok('a link leads to the other step', (await panel.textContent()).startsWith('Step 5,'), await panel.textContent());
    await first.locator('.buttons button').first().click();
    ok('the graph can be enlarged', (await first.locator('svg > g').getAttribute('transform')).includes('scale(1.3)'));
    await first.locator('.buttons button').nth(2).click();
    await panel.locator('a', {hasText: 'finding 1'}).click();
    await settle(page);
    ok('a link to a finding unfolds it', await page.evaluate(() => document.getElementById('f1').open && document.getElementById('f1').getBoundingClientRect().top < 400));
}

async function timeline(page) {
    const chart = page.locator('#chart'), button = name => chart.locator('button', {hasText: name}).click().then(() => settle(page));
    const lanes = await chart.locator('.lane').count(), rows = () => page.locator('#events tbody tr:not([hidden])').count();
    ok('the timeline has lanes by stage and by source', lanes >= 11, lanes);
    await button('Everything');
    const all = await span(page), total = await rows();
    await button('Story');
    const story = await span(page);
    ok('it begins at the story', story < all / 4, story + ' of ' + all);
    await button('Closer');
    ok('closer is closer', await span(page) < story * 0.6, await span(page));
    await button('Later');
    const fewer = await rows();
    ok('the table follows the span', fewer < total, fewer + ' of ' + total);
    await button('Story');
    await chart.locator('svg').focus();
    await page.keyboard.press('+');
    await settle(page);
    ok('keys zoom', await span(page) < story * 0.8, await span(page));
    const said = await chart.locator('output').textContent();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    ok('keys move', await chart.locator('output').textContent() !== said);
    await button('Story');
    const box = await chart.locator('svg').boundingBox(), before = await span(page);
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -400);
    await page.keyboard.up('Control');
    await settle(page);
    ok('the wheel with Ctrl zooms', await span(page) < before, await span(page) + ' of ' + before);
    await button('Everything');
    const clusters = () => chart.locator('circle').count(), many = await clusters();
    const lane = chart.locator('.lane', {hasText: 'file'}).locator('circle').first();
    await lane.click();
    await settle(page);
    ok('a cluster opens', await span(page) < all / 10, await span(page));
    await button('Story');
    await chart.locator('label', {hasText: 'name'}).locator('input').uncheck();
    await settle(page);
    is('a lane can be left out', await chart.locator('.lane').count(), lanes - 1);
    await chart.locator('label', {hasText: 'name'}).locator('input').check();
    ok('dots are clusters of events', many < total && many > 0, many + ' of ' + total);
}

async function filter(page) {
    const shown = () => page.locator('.finding:not([hidden])').count();
    is('all findings are shown', [await status(page), await shown()], ['45 findings', 45]);
    await page.selectOption('#filter-severity', '3');
    is('by severity', [await status(page), await shown()], ['3 of 45 findings', 3]);
    await page.selectOption('#filter-severity', '0');
    const search = async words => {
        await page.fill('#filter-text', words);
        await page.waitForTimeout(250);
        return [await status(page), await shown()];
    };
    is('by words, in any order and case', await search('hidden FFMPEG.dll'), ['1 of 45 findings', 1]);
    is('by number', await search('#7'), ['1 of 45 findings', 1]);
    is('what is nowhere', [await search('nowhere'), await page.isVisible('#none')], [['0 of 45 findings', 0], true]);
    await search('');
    await page.selectOption('#filter-strength', '2');
    is('by strength', await shown(), 1);
    await page.selectOption('#filter-strength', '0');
    await page.selectOption('#filter-rule', '1');
    is('by rule', await shown(), 1);
    await page.click('#filter-open');
    ok('unfolded, the bytes are seen', await page.locator('.finding:not([hidden]) .hex').first().isVisible());
    await page.evaluate(() => { window.location.hash = '#f9'; });
    await page.waitForTimeout(200);
    ok('a link shows what the filter hides', await page.locator('#f9').isVisible());
    await page.click('#filter-close');
    is('all can be folded', await page.locator('.finding[open]').count(), 0);
}

async function colours(page) {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor), seen = [await ground()];
    for (const value of ['dark', 'light', 'system']) {
        await page.check('#colours input[value=' + value + ']');
        seen.push(await ground());
    }
    ok('colours can be switched', seen[0] === seen[2] && seen[0] === seen[3] && seen[1] !== seen[0], seen.join(' '));
}

async function accessible(page, name) {
    const context = page.context();
    await page.evaluate(() => document.querySelectorAll('details').forEach((box, i) => { if (i < 12) box.open = true; }));
    /* The policy forbids a script that is added: as the tool of tests it is run from outside. */
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
    const serious = result.violations.filter(v => v.impact === 'serious' || v.impact === 'critical');
    is(name + ': axe knows no serious violation', serious.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join('; ')), []);
    is(name + ': nor any other', result.violations.filter(v => !serious.includes(v)).map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.target).join('; ')), []);
    return context;
}

async function quiet(page, name) {
    is(name + ': nothing is complained about', page.complaints, []);
    is(name + ': nothing is asked of a network or a file', page.requests, []);
}

async function small(browser) {
    const page = await open(browser, 'small.html', {colorScheme: 'light'});
    await settle(page);
    await page.screenshot({path: path.join(folder, 'light.png'), fullPage: true});
    await graph(page);
    await timeline(page);
    await filter(page);
    await colours(page);
    await accessible(page, 'light');
    await quiet(page, 'small');
    await page.setViewportSize({width: 420, height: 800});
    await page.waitForTimeout(500);
    ok('a narrow window needs no sideways scrolling', await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1),
       await page.evaluate(() => document.documentElement.scrollWidth));
    await page.screenshot({path: path.join(folder, 'narrow.png')});
    await page.context().close();
    const dark = await open(browser, 'small.html', {colorScheme: 'dark'});
    await settle(dark);
    await dark.screenshot({path: path.join(folder, 'dark.png'), fullPage: true});
    await accessible(dark, 'dark');
    await dark.context().close();
}

async function policy(browser) {
    const page = await open(browser, 'small.html');
    const got = await page.evaluate(async () => {
        const broken = [];
        document.addEventListener('securitypolicyviolation', event => broken.push(event.effectiveDirective));
        const script = document.createElement('script'), picture = document.createElement('img'), styled = document.createElement('p');
        script.textContent = 'window.ran = 1';
        picture.src = 'x.png';
        styled.setAttribute('onclick', 'window.ran = 2');
        styled.innerHTML = '<b style="color: red">x</b>';
        document.body.append(script, picture, styled);
        styled.click();
        await fetch('x.json').catch(() => 0);
        await new Promise(done => setTimeout(done, 200));
        return [window.ran === undefined, [...new Set(broken)].sort()];
    });
    is('the policy stops scripts, handlers, styles, pictures and requests', got, [true, ['connect-src', 'img-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']]);
    is('and nothing went out', page.requests, []);
    await page.context().close();
}

async function nasty(browser) {
    const page = await open(browser, 'nasty.html');
    await settle(page);
    await page.locator('.node').nth(3).click();
    await page.locator('#chart button', {hasText: 'Everything'}).click();
    await page.fill('#filter-text', 'onerror="window.hacked=1"');
    await page.waitForTimeout(300);
    ok('hostile texts are found as text', /^[1-9]\d*( of \d+)? findings$/.test(await status(page)), await status(page));
    await page.click('#filter-open');
    await page.evaluate(() => document.querySelectorAll('[onmouseover], [onerror]').forEach(e => e.dispatchEvent(new Event('mouseover'))));
    is('hostile texts run nothing and make no element', await page.evaluate(() => [window.hacked === undefined, document.querySelectorAll('img, iframe, style, base, link').length]), [true, 1]);
    ok('they are seen in the graph', (await page.locator('.panel').first().textContent()).includes('<img src=x'));
    await quiet(page, 'nasty');
    await page.screenshot({path: path.join(folder, 'nasty.png')});
    await page.context().close();
}

async function without(browser) {
    const page = await open(browser, 'small.html', {javaScriptEnabled: false});
    ok('without scripts the story is there', await page.isVisible('text=On 22 March 2023 Mary installed'));
    ok('and the steps with their links', await page.isVisible('#step-1-4 >> text=ffmpeg.dll names'));
    ok('what needs scripts is not', !await page.isVisible('#filter') && !await page.isVisible('#chart') && !await page.isVisible('#colours'));
    await page.click('#f2 summary');
    ok('findings unfold', await page.isVisible('#f2 .hex'));
    await page.click('.events summary');
    ok('events are a table', await page.isVisible('#events tbody tr:first-child'));
    await page.context().close();
}

async function print(browser) {
    const page = await open(browser, 'small.html', {colorScheme: 'dark'});
    await settle(page);
    const pdf = await page.pdf({path: path.join(folder, 'print.pdf'), format: 'A4'});
    ok('it prints', pdf.length > 50000, pdf.length);
    await page.emulateMedia({media: 'print'});
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    is('on paper it is light, findings are unfolded, tools are gone',
       [await page.evaluate(() => getComputedStyle(document.body).backgroundColor), await page.locator('.finding:not(.s0)[open]').count(), await page.isVisible('.filter')],
       ['rgb(255, 255, 255)', 5, false]);
    await page.screenshot({path: path.join(folder, 'print.png'), fullPage: true});
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    is('afterwards they are folded again', await page.locator('.finding[open]').count(), 0);
    await page.context().close();
}

async function big(browser) {
    const start = Date.now(), page = await open(browser, 'big.html'), took = [];
    await settle(page);
    took.push('opened in ' + (Date.now() - start) + ' ms');
    const total = await status(page), searched = Date.now();
    await page.fill('#filter-text', 'component-1999.dll');
    await page.waitForFunction(() => document.getElementById('filter-count').textContent.includes(' of '), null, {timeout: 60000});
    took.push('searched in ' + (Date.now() - searched) + ' ms');
    ok('all of ' + total + ' are searched', /^[1-9],?\d* of /.test(await status(page)) && (await status(page)).endsWith(' of ' + total), await status(page));
    const zoomed = Date.now();
    await page.locator('#chart button', {hasText: 'Everything'}).click();
    await settle(page);
    took.push('timeline drawn in ' + (Date.now() - zoomed) + ' ms');
    const drawn = await page.evaluate(() => document.querySelectorAll('#chart svg *').length), times = (await page.textContent('#chart output')).match(/[\d,]+ times/)[0];
    ok(times + ' are few shapes', drawn < 3000, drawn);
    ok('and all of that in a time that one waits for', Date.now() - start < 90000, Date.now() - start);
    console.log('# ' + took.join(', '));
    await quiet(page, 'big');
    await page.context().close();
}

(async () => {
    const browser = await chromium.launch({executablePath: program, args: ['--no-sandbox', '--disable-gpu']});
    for (const part of [small, policy, nasty, without, print, big])
        try {
            await part(browser);
        } catch (error) {
            ok(part.name + ' ends', false, error.stack);
        }
    await browser.close();
    console.log('1..' + count);
    process.exit(failed ? 1 : 0);
})();
