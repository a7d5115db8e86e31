import { mount } from "svelte";

import { KEPT_LITTLE } from "../board";
import { Link } from "../link.svelte";
import "../look/look.css";
import { Look } from "../look/look.svelte";
import { findShell } from "../shell";
import Settings from "./Settings.svelte";

const shell = findShell();
const here = { shell, link: new Link(shell, { rests: true, kept: KEPT_LITTLE }), look: new Look(shell) };
// It counts down in many places, and is not open for long.
here.look.everySecond();
const target = document.getElementById("app");
if (target) mount(Settings, { target, props: { here } });
