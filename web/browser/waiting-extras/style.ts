const TINTS = 12
const tints = Array.from({ length: TINTS }, (_, i) => `.tint-${i}{--tint:${i * 360 / TINTS}deg 50%}`).join('')

/** The style of the parts that the waiting page loads later. The tints are those of `static/app.css`. */
export const extrasStyle = `
${tints}
.tint-grey{--tint:250deg 6%}
body.flooded{background:linear-gradient(155deg,hsl(var(--tint) 28%),hsl(var(--tint) 14%)) 0 0/100% 15rem no-repeat var(--bg)}
.flooded .logo{color:#fff}.flooded .logo svg{fill:#fff}.flooded .logo path+path{stroke:hsl(var(--tint) 26%)}
#poster span{display:grid;place-items:center;height:100%;aspect-ratio:3/4;margin:0 auto;border-radius:.5rem;background:var(--accent);color:var(--on);font-size:3rem;font-weight:800}
#poster img{display:block;height:100%;width:auto;margin:0 auto;aspect-ratio:3/4;object-fit:cover;border-radius:.5rem;box-shadow:0 .5rem 1.5rem rgb(0 0 0/28%)}
.notify{border:1px solid var(--line)}.notify:disabled{cursor:default;text-decoration:none}
.leaving{display:grid;gap:.5rem;margin:.5rem 0}
.card{position:relative;box-shadow:0 8px 24px #1c183012}
#leave button{border-color:var(--warn);background:none;color:var(--warn)}
.ceremony{position:absolute;inset:0;z-index:1;display:grid;align-content:center;border-radius:inherit;background:var(--card)}
.ceremony p{margin:0;color:var(--muted)}
.ceremony strong{font-size:5rem;line-height:1.2;font-variant-numeric:tabular-nums;letter-spacing:-.04em;color:var(--accent)}
.slip:before,.slip:after{content:"";position:absolute;top:-.6875rem;width:1.25rem;height:1.25rem;border:1px solid var(--line);border-radius:50%;background:var(--bg)}
.slip:before{left:calc(-2.125rem - 1px);clip-path:inset(0 0 0 calc(50% - .5px))}.slip:after{right:calc(-2.125rem - 1px);clip-path:inset(0 calc(50% - .5px) 0 0)}
progress{appearance:none;border:0;border-radius:1rem;overflow:hidden;background:var(--line)}
progress::-webkit-progress-bar{background:none}progress::-webkit-progress-value{background:var(--accent);border-radius:1rem}
progress::-moz-progress-bar{background:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.quiet:hover{text-decoration:underline}
[data-view=turn] .card{border-color:var(--good);box-shadow:0 0 0 3px var(--good)}[data-view=turn] h1{color:var(--good)}
@media(prefers-reduced-motion:no-preference){progress::-webkit-progress-value{transition:width .6s}}
@media print{.actions{display:none}body.flooded{background:none}}
#verify{margin:.75rem 0 0;text-align:left;font-size:.875rem;color:var(--muted)}
#verify summary{cursor:pointer;text-align:center}
#verify dt{font-weight:600}#verify dd{margin:0 0 .5rem;font-family:ui-monospace,monospace;overflow-wrap:anywhere;word-break:break-all}
@media(min-width:40rem){.ceremony{animation:appear .2s}@keyframes appear{from{opacity:0}}}
`.trim()
