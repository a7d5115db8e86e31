import { mount } from "svelte";

import { Link } from "../link.svelte";
import "../look/look.css";
import { Look } from "../look/look.svelte";
import { findShell } from "../shell";
import { reportShown } from "../shown";
import Desk from "./Desk.svelte";
import { DialOffer } from "./offer.svelte";
import { Toasts } from "./toasts.svelte";

const shell = findShell();
const offer = new DialOffer();
const toasts = new Toasts();
const look = new Look(shell);
// Before the question for the feed: the shell answers it with the link that started the program. A page without them is still a desk.
const listening = Promise.allSettled([shell.onDialLink(({ number }) => offer.hear(number)), shell.onNotice((notice) => toasts.hear(notice))]);
const feedAddress = () => listening.then(() => shell.feedAddress());
const here = { shell, link: new Link({ ...shell, feedAddress }, { rests: true }), look };
// Somebody else works here from now on: everything begins anew as their desk.
shell.onToday(() => location.reload());
look.follow(here.link);
reportShown(here.link, () => true);
const target = document.getElementById("app");
if (target) mount(Desk, { target, props: { here, offer, toasts } });
