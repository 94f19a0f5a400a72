// SPDX-License-Identifier: Apache-2.0
/*
 * The changes a simulated federation can undergo, as documents: what a port call or a command does
 * to the state is written down as one of these, and doing it again from the same state gives
 * the same state.  That is what the journal rests on.
 *
 *	{op: apply, object: {...}}                    {op: down, cluster: edge}
 *	{op: remove, kind:, namespace:, name:}        {op: up, cluster: edge}
 *	{op: scale, kind:, namespace:, name:, replicas: 3}
 *	{op: put, release: {...}, facts: {...}, readyAfter: 3000, pod: hash}
 *	{op: stuck, release: {...}}                   {op: fail, service: camera, on: true}
 *	{op: uninstall, namespace:, name:}            {op: load, service: camera, rate: 12.5}
 *	{op: advance, to: 1767225603000}              {op: fault, fault: {...}}   {op: hit, n: 0}
 */
#pragma once

#include "base/attr.h"
#include "drive/sim_state.h"

struct err;
struct node;

/* Do @op, whose texts must live as long as the state.  ERR_INPUT when it is no such document. */
struct err *sim_op(struct sim_state *s, const struct node *op) must_check;

/* A new document of that kind. */
struct node *sim_op_new(struct arena *a, const char *op);
