// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/wire_switch.h"

#include <stdbool.h>
#include <string.h>

static enum wire_claim null_claims(void *arg, const uint8_t mac[WIRE_MAC_LEN])
{
	(void)arg;
	(void)mac;
	return WIRE_NOT;
}

static enum wire_fate null_deliver(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)frame;
	(void)len;
	return WIRE_DOWN;
}

const struct wire_port_ops wire_port_null = {
	.claims = null_claims,
	.deliver = null_deliver,
};

void wire_switch_init(struct wire_switch *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned int i = 0; i < WIRE_PORTS; i++)
		s->port[i].ops = &wire_port_null;
}

void wire_switch_attach(struct wire_switch *s, unsigned int port, const struct wire_port_ops *ops,
			void *arg)
{
	s->port[port].ops = ops;
	s->port[port].arg = arg;
}

void wire_switch_clear(struct wire_switch *s, unsigned int port)
{
	struct wire_port *p = &s->port[port];

	*p = (struct wire_port){.ops = p->ops, .arg = p->arg};
}

static void deliver(struct wire_port *p, const uint8_t *frame, size_t len)
{
	enum wire_fate fate = p->ops->deliver(p->arg, frame, len);

	p->fate[fate]++;
	if (fate == WIRE_TAKEN)
		p->taken_bytes += len;
}

/* To each port that wants it; true: somebody owns the address. */
static bool forward(struct wire_switch *s, unsigned int from, const uint8_t *frame, size_t len)
{
	bool owned = false;

	for (unsigned int i = 0; i < WIRE_PORTS; i++) {
		struct wire_port *p = &s->port[i];
		enum wire_claim claim = p->ops->claims(p->arg, frame);

		owned |= claim == WIRE_OWN;
		if (claim != WIRE_NOT && i != from)
			deliver(p, frame, len);
	}
	return owned;
}

void wire_switch_send(struct wire_switch *s, unsigned int from, const uint8_t *frame, size_t len)
{
	struct wire_port *p = &s->port[from];

	if (len < WIRE_FRAME_MIN || len > WIRE_FRAME_MAX) {
		p->fate[WIRE_MALFORMED]++;
		return;
	}
	p->sent++;
	p->sent_bytes += len;
	if (forward(s, from, frame, len))
		return;
	if (from == WIRE_PORT_WIRE)
		p->fate[WIRE_UNKNOWN]++;
	else
		deliver(&s->port[WIRE_PORT_WIRE], frame, len);
}
