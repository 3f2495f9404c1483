"use strict";
// Written answers, one at a time. What is entered is kept in the browser, answer by answer, until Save writes a file of it.
(() => {
  const { assignment, file, tasks, answers } = JSON.parse(document.getElementById("data").textContent);
  if (!answers.length) return;
  const at = (id) => document.getElementById(id);
  const message = at("message");
  const place = `autograder ${file}`;
  let now = 0;

  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const keep = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); }
    catch { message.textContent = "This browser keeps nothing for this page: press Save before you close it."; }
  };

  for (const each of answers) {
    each.key = `autograder ${assignment} ${each.task} ${each.code} ${each.answer.slice(0, 16)}`;
    each.article = at(`answer-${each.task}-${each.code}`);
    const kept = read(each.key);
    each.touched = kept !== null;
    each.state = { ...each.start, ...kept };
  }

  const number = (text) => /^\s*\d*[.,]?\d+\s*$|^\s*\d+[.,]\s*$/.test(text) ? Number(text.trim().replace(",", ".")) : NaN;
  const scored = ({ state }) => state.score.trim() !== "";
  const valid = ({ state, task }) => number(state.score) <= tasks[task].points;
  const wrong = (each) => scored(each) && !valid(each);
  const lines = ({ state, task }) => tasks[task].items.map(({ line }) => line).filter((line) => state.ticked.includes(line));
  const comment = (each) => [lines(each).join("\n"), each.state.comment.trim()].filter(Boolean).join("\n\n");
  const sum = ({ state, task }) => {
    const { points, start, items } = tasks[task];
    const ticked = items.filter(({ line }) => state.ticked.includes(line));
    const total = ticked.reduce((total, item) => total + item.points, start);
    return String(Math.round(1e4 * Math.min(points, Math.max(0, total))) / 1e4);
  };

  const panel = (task) => at(`task-${task}`).querySelector(".scoring");
  const tell = () => {
    const each = answers[now], of = answers.filter(({ task }) => task === each.task);
    const done = answers.filter((one) => scored(one) && valid(one)).length;
    at("status").textContent = `Answer ${of.indexOf(each) + 1} of ${of.length}: ${each.code}. ${done} of ${answers.length} have a score.`;
    const field = panel(each.task).querySelector(".score");
    field.setAttribute("aria-invalid", wrong(each));
  };

  const fill = () => {
    const each = answers[now], form = panel(each.task);
    form.querySelectorAll(".item").forEach((box, n) => { box.checked = each.state.ticked.includes(tasks[each.task].items[n].line); });
    form.querySelector(".score").value = each.state.score;
    form.querySelector(".comment").value = each.state.comment;
    form.querySelector(".booked").textContent = each.booked === null ? "" : `in the gradebook: ${each.booked}`;
    tell();
  };

  const change = (values) => {
    const each = answers[now];
    Object.assign(each.state, values);
    each.touched = true;
    keep(each.key, each.state);
  };

  const show = (n) => {
    if (n < 0 || n >= answers.length) return;
    for (const old of document.querySelectorAll(".now")) old.classList.remove("now");
    now = n;
    const { task, article } = answers[n];
    at(`task-${task}`).classList.add("now");
    article.classList.add("now");
    keep(place, n);
    fill();
    message.textContent = "";
    const top = article.getBoundingClientRect().top;
    if (top < 60 || top > innerHeight - 120) article.scrollIntoView({ block: "start" });
  };

  const toggle = (n) => {
    const each = answers[now], item = tasks[each.task].items[n];
    if (!item) return;
    const { ticked } = each.state;
    change({ ticked: ticked.includes(item.line) ? ticked.filter((line) => line !== item.line) : [...ticked, item.line] });
    if (tasks[each.task].start !== null) change({ score: sum(each) });
    fill();
  };

  const done = () => {
    const each = answers[now], field = panel(each.task).querySelector(".score");
    if (!scored(each) && tasks[each.task].start !== null) change({ score: sum(each) });
    fill();
    if (!scored(each) || wrong(each)) {
      field.focus();
      message.textContent = `The score must be a number from 0 to ${tasks[each.task].points}.`;
      return;
    }
    if (document.activeElement !== field) document.activeElement.blur();
    show(now + 1);
  };

  const open = () => {
    const order = answers.map((_, n) => (now + 1 + n) % answers.length);
    const next = order.find((n) => !scored(answers[n]));
    if (next === undefined) message.textContent = "Every answer has a score."; else show(next);
  };

  const save = () => {
    const bad = answers.findIndex(wrong);
    if (bad >= 0) {
      show(bad);
      message.textContent = `Nothing is saved yet: the score must be a number from 0 to ${tasks[answers[bad].task].points}.`;
      return;
    }
    const given = answers.filter((each) => each.touched && scored(each));
    const left = answers.filter((each) => each.touched && !scored(each) && comment(each)).length;
    const scores = given.map((each) => ({ task: each.task, code: each.code, answer: each.answer, score: number(each.state.score), comment: comment(each) }));
    const text = JSON.stringify({ assignment, scores }, null, 1) + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    const count = scores.length === 1 ? "1 score" : `${scores.length} scores`;
    message.textContent = `Saved ${count} in ${file}.` + (left ? ` Not in it: ${left === 1 ? "a comment" : `${left} comments`} on answers without a score.` : "");
  };

  addEventListener("keydown", (event) => {
    const field = event.target.closest("textarea, input.score");
    if (event.key === "Enter" && event.ctrlKey) return event.preventDefault(), done();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (field) {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && field.matches("input")) { event.preventDefault(); done(); }
      // No score has a letter in it, so the keys below work in its field too.
      if (!field.matches("input") || !/^[jknsc]$/.test(event.key)) return;
    }
    const form = panel(answers[now].task);
    const actions = {
      j: () => show(now + 1), ArrowRight: () => show(now + 1), k: () => show(now - 1), ArrowLeft: () => show(now - 1), n: open,
      s: () => form.querySelector(".score").focus(), c: () => form.querySelector(".comment").focus(),
    };
    if (!event.target.closest("button, summary, a")) actions.Enter = done;
    if (/^\d$/.test(event.key)) actions[event.key] = () => toggle((Number(event.key) + 9) % 10);
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  });
  for (const form of document.querySelectorAll(".scoring")) {
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelectorAll(".item").forEach((box, n) => box.addEventListener("change", () => toggle(n)));
    form.querySelector(".score").addEventListener("input", ({ target }) => { change({ score: target.value }); tell(); });
    form.querySelector(".comment").addEventListener("input", ({ target }) => change({ comment: target.value }));
    form.querySelector(".done").addEventListener("click", done);
  }
  addEventListener("beforeprint", () => {
    for (const each of answers) {
      const said = scored(each) ? `Score ${each.state.score.trim()} of ${tasks[each.task].points}` : "No score yet";
      each.article.querySelector(".given").textContent = [said, comment(each)].filter(Boolean).join("\n");
    }
  });
  at("back").addEventListener("click", () => show(now - 1));
  at("next").addEventListener("click", () => show(now + 1));
  at("open").addEventListener("click", open);
  at("save").addEventListener("click", save);
  show(Math.min(read(place) || 0, answers.length - 1));
})();
