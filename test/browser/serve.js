/* Opens the pages of `assay serve` in a browser and prints TAP. usage: node serve.js ADDRESS FOLDER BROWSER HOSTS
   ADDRESS is of a server with a store and cases, made by test/run/serve_browser.sh; pictures are left in FOLDER. */
'use strict';
const fs = require('fs'), path = require('path');
const {chromium} = require('playwright-core');
const [address, folder, program, hosts] = process.argv.slice(2);
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

async function fresh(browser, options) {
    const context = await browser.newContext(Object.assign({viewport: {width: 1280, height: 900}, reducedMotion: 'reduce'}, options));
    const page = await context.newPage();
    page.complaints = [];
    page.foreign = [];
    page.on('console', message => page.complaints.push(message.type() + ': ' + message.text()));
    page.on('pageerror', error => page.complaints.push(String(error)));
    page.on('request', request => { if (!request.url().startsWith(address)) page.foreign.push(request.url()); });
    return page;
}
const quiet = page => is('nothing is complained about, nothing foreign is asked for: ' + page.url().slice(address.length), [page.complaints, page.foreign], [[], []]);
const picture = (page, name) => page.screenshot({path: path.join(folder, name + '.png'), fullPage: true, animations: 'disabled'});

/* axe, put into the page from outside: its policy would not let it in. */
async function accessible(page, name) {
    const session = await page.context().newCDPSession(page);
    await session.send('Runtime.evaluate', {expression: axe});
    const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
    const grave = found.violations.filter(rule => rule.impact === 'serious' || rule.impact === 'critical');
    ok(name + ': no serious violation', grave.length === 0, grave.map(rule => rule.id + ': ' + rule.nodes.slice(0, 3).map(node => node.html).join(' | ')).join('\n'));
}

async function walk(page) {
    await page.goto(address);
    is('the overview says how many hosts', await page.locator('.tally li').last().textContent(), Number(hosts).toLocaleString('en') + ' hosts');
    is('the bar says where one is', await page.locator('.top [aria-current=page]').allTextContents(), ['Overview']);
    ok('rates say of how many', await page.locator('td.few').count() > 0 && /^\d+\.\d\s%, few$/.test(await page.locator('td.few').first().textContent()), await page.locator('td.few').count());
    ok('countries have rates to point at', /hosts?, \d+ with it \(\d+\.\d\s%/.test(await page.locator('svg.world a title').first().textContent()));
    ok('many countries are drawn', await page.locator('svg.world a').count() > 25, await page.locator('svg.world a').count());
    ok('countries have shades', await page.locator('.world-key').count() === 1 && await page.locator('svg.world a path').count() > 5);
    const fills = await page.evaluate(() => Array.from(new Set(Array.from(document.querySelectorAll('section > svg.world path')).map(path => getComputedStyle(path).fill))));
    ok('shades differ', fills.length >= 3, fills.join(' '));
    ok('the spread has days', await page.locator('.spread rect').count() > 3);
    await accessible(page, 'overview');
    await picture(page, 'overview');
    const named = await page.locator('svg.world a').first().evaluate(link => link.getAttribute('href'));
    await page.locator('svg.world a').first().locator('path').dispatchEvent('click');
    await page.waitForURL('**/hosts?country=*');
    ok('a country leads to its hosts', page.url().endsWith(named) && await page.locator('tbody tr').count() > 0, page.url());
    await page.locator('nav a', {hasText: 'Singled out'}).click();
    ok('the ranking has an answer', (await page.locator('.verdict').textContent()).length > 40);
    ok('hosts are called', await page.locator('.host-card.called').count() >= 3, await page.locator('.host-card.called').count());
    ok('each has reasons', await page.locator('.host-card').evaluateAll(cards => cards.every(card => card.querySelectorAll('li').length > 0)));
    await accessible(page, 'ranking');
    await picture(page, 'singled');
    await page.locator('.host-card h3 a').first().click();
    await page.waitForURL('**/host?id=*');
    ok('a host leads to its rare things', await page.locator('h2', {hasText: 'Rare things'}).count() === 1);
    await accessible(page, 'host');
    await picture(page, 'host');
    await page.locator('nav a', {hasText: 'Stacks'}).click();
    await page.locator('.pick a', {hasText: 'sha256'}).click();
    is('the chosen field is marked', await page.locator('.pick [aria-current]').first().textContent(), 'sha256');
    await accessible(page, 'stack');
    await page.locator('tbody a').first().click();
    ok('a value leads to its hosts', await page.locator('h2', {hasText: 'Hosts'}).count() === 1 && await page.locator('a[href^="host?id="]').count() > 0);
    await accessible(page, 'value');
    await picture(page, 'value');
    await page.locator('nav a', {hasText: 'Search'}).click();
    await page.fill('input[name=text]', 'ffmpeg');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?text=ffmpeg');
    ok('a search finds', await page.locator('tbody tr').count() > 0);
    await page.fill('input[name=text]', '"><img src=x onerror=alert(1)>');
    await page.locator('main button').click();
    await page.waitForURL('**/search?text=*img*');
    is('what was typed is text', [await page.inputValue('input[name=text]'), await page.locator('img').count()], ['"><img src=x onerror=alert(1)>', 0]);
    await accessible(page, 'search');
    await page.locator('nav a', {hasText: 'Hosts'}).first().click();
    is('a page of hosts', await page.locator('tbody tr').count(), 100);
    const first = await page.locator('tbody a').first().textContent();
    await page.locator('.turn a', {hasText: 'Next'}).click();
    await page.waitForURL('**/hosts?page=2');
    ok('the next one has others', await page.locator('tbody tr').count() > 0 && await page.locator('tbody a').first().textContent() !== first);
    await page.locator('.turn a', {hasText: 'First'}).click();
    is('and back', await page.locator('tbody a').first().textContent(), first);
    await accessible(page, 'hosts');
    await picture(page, 'hosts');
    await page.locator('nav a', {hasText: 'Cases'}).click();
    await accessible(page, 'cases');
    await picture(page, 'cases');
    quiet(page);
}

/* From a stack to the hosts of a value, to the report of the case of one, and back, without a mouse. */
async function keys(page) {
    const press = async key => { await page.keyboard.press(key); };
    const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
    const to = async wanted => {
        for (let i = 0; i < 400; i++) {
            await press('Tab');
            if (await page.evaluate(wanted => (document.activeElement.getAttribute('href') || '').startsWith(wanted), wanted)) return true;
        }
        return false;
    };
    await page.goto(address + 'singled-out');
    await press('Tab');
    is('the first key leads to the page', await focused(), 'Skip to the page');
    ok('what has the focus is seen', await page.evaluate(() => document.activeElement.getBoundingClientRect().left >= 0));
    ok('reasons of who is called are open', await page.locator('.host-card.called details[open]').count() === await page.locator('.host-card.called').count());
    ok('a reason leads to the hosts that have it', await to('value?'));
    await press('Enter');
    await page.waitForURL('**/value?*');
    ok('a host can be reached', await to('host?id='));
    const name = await focused();
    await press('Enter');
    await page.waitForURL('**/host?id=*');
    is('it is that host', await page.locator('h1').textContent(), name);
    await page.goBack();
    await page.goBack();
    ok('back is the ranking', page.url().endsWith('/singled-out'));
    await page.goto(address + 'overview');
    ok('a country can be reached', await to('hosts?country='));
    await press('Enter');
    await page.waitForURL('**/hosts?country=*');
    await page.goto(address + 'search?text=nothing%20of%20this');
    is('nothing found is said', await page.locator('main .note').allTextContents(), ['There is none.', 'No host.']);
    is('and what was looked for is there', await page.inputValue('input[name=text]'), 'nothing of this');
    await accessible(page, 'nothing found');
    quiet(page);
}

/* The page of a host leads to the report of its case, and from there back. */
async function drill(page) {
    await page.goto(address + 'cases');
    const name = await page.locator('tbody tr').nth(2).locator('a').textContent();
    await page.goto(address + 'search?text=' + name);
    await page.locator('a[href^="host?id="]', {hasText: name}).first().click();
    await page.locator('a[href^="case?number="]').click();
    await page.waitForURL('**/case?number=3');
    ok('a host leads to the report of its case', (await page.textContent('body')).includes(name));
    await page.goBack();
    is('and back', await page.locator('h1').textContent(), name);
    quiet(page);
}

/* The report of a case, with its scripts, under the policy of the header and its own. */
async function cases(page) {
    await page.goto(address + 'cases');
    const reports = await page.locator('a[href^="case?"]').count();
    for (let i = 0; i < reports; i++) {
        await page.goto(address + 'cases');
        await page.locator('a[href^="case?"]').nth(i).click();
        await page.waitForURL('**/case?number=*');
        const drawn = await page.locator('#colours').waitFor({timeout: 20000}).then(() => true, () => false);
        ok('report ' + (i + 1) + ' is drawn by its script', drawn && await page.evaluate(() => window.hacked === undefined));
    }
    await page.goto(address + 'case?number=1');
    is('the graph is there', await page.locator('.graph').first().locator('.node').count(), 9);
    await page.locator('.graph .node').nth(4).click();
    ok('and answers', (await page.locator('.graph .panel').first().textContent()).includes('Step 5'));
    quiet(page);
}

/* A page of somebody else cannot read, frame or send a browser here. */
async function others(browser) {
    const page = await fresh(browser);
    await page.route('http://evil.example/**', route => route.fulfill({contentType: 'text/html', body: '<!doctype html><title>x</title><p>x</p>'}));
    await page.goto('http://evil.example/');
    is('another site cannot fetch', await page.evaluate(url => fetch(url).then(() => 'read', () => 'refused'), address), 'refused');
    is('nor without being told', await page.evaluate(url => fetch(url, {mode: 'no-cors'}).then(() => 'sent', () => 'refused'), address), 'refused');
    await page.evaluate(url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }, address);
    await page.waitForTimeout(500);
    const framed = await Promise.all(page.frames().slice(1).map(frame => frame.evaluate(() => document.body.textContent).catch(() => '')));
    ok('nor frame', framed.every(text => !text.includes('hosts')), framed.join('\n'));
    await page.evaluate(url => { location.href = url; }, address).catch(() => undefined);
    await page.waitForTimeout(500);
    ok('nor send a browser here', !(await page.textContent('body')).includes('Overview'), await page.textContent('body'));
    await page.context().close();
}

(async () => {
    const browser = await chromium.launch({executablePath: program, args: ['--no-sandbox']});
    const page = await fresh(browser);
    await walk(page);
    await keys(await fresh(browser));
    await drill(await fresh(browser));
    const report = await fresh(browser);
    await cases(report);
    const host = await (async () => { await page.goto(address + 'hosts'); return page.locator('tbody a').first().getAttribute('href'); })();
    const dark = await fresh(browser, {colorScheme: 'dark', viewport: {width: 360, height: 740}});
    for (const name of ['overview', 'singled-out', 'hosts', 'stack', 'stack?field=sha256', 'search?text=ffmpeg', 'search?text=nothing%20of', 'cases', host]) {
        await dark.goto(address + name);
        await accessible(dark, name + ', dark and narrow');
        ok(name + ' is not wider than the window', await dark.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), await dark.evaluate(() => document.documentElement.scrollWidth));
        await picture(dark, name.replace(/[^a-z0-9]/g, '-') + '-dark');
    }
    quiet(dark);
    await others(browser);
    await browser.close();
    console.log('1..' + count);
    process.exit(failed ? 1 : 0);
})().catch(error => {
    console.log('Bail out! ' + String(error.stack).split('\n')[0]);
    console.error(error);
    process.exit(1);
});
