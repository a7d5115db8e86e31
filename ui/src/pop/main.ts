import { mount } from "svelte";

import { KEPT_LITTLE } from "../board";
import { Link } from "../link.svelte";
import "../look/look.css";
import { Look } from "../look/look.svelte";
import { findShell } from "../shell";
import { reportShown } from "../shown";
import Pop from "./Pop.svelte";

const shell = findShell();
const here = { shell, link: new Link(shell, { kept: KEPT_LITTLE }), look: new Look(shell) };
// Somebody else works here from now on: everything begins anew as their desk.
shell.onToday(() => location.reload());
here.look.follow(here.link);
reportShown(here.link, (call) => call.pops);
const target = document.getElementById("app");
if (target) mount(Pop, { target, props: { here } });
