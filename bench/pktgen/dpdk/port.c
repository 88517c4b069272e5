// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/dpdk/port.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>

#define RING_SIZE 1024u
#define CACHE     128u

static int fail(char *err, uint16_t id, const char *what, int ret)
{
	snprintf(err, OPTIONS_ERR, "port %u: %s: %s", id, what, strerror(-ret));
	return ret;
}

int port_pair(uint16_t id[2], char err[OPTIONS_ERR])
{
	static const char *const name[2] = {"pair_there", "pair_back"};
	struct rte_ring *ring[2];

	for (unsigned int i = 0; i < 2; i++) {
		ring[i] = rte_ring_create(name[i], RING_SIZE, SOCKET_ID_ANY,
					  RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (!ring[i])
			return fail(err, (uint16_t)i, "no ring", -rte_errno);
	}
	for (unsigned int i = 0; i < 2; i++) {
		int ret = rte_eth_from_rings(name[i], &ring[!i], 1, &ring[i], 1, 0);

		if (ret < 0)
			return fail(err, (uint16_t)i, "no port of rings", -rte_errno);
		id[i] = (uint16_t)ret;
	}
	return 0;
}

/* Of a pool that was never used. */
static void clear(struct rte_mempool *pool, void *arg, void *object, unsigned int i)
{
	struct rte_mbuf *m = object;

	(void)pool;
	(void)arg;
	(void)i;
	memset(m->buf_addr, 0, m->buf_len);
}

static struct rte_mempool *pool(uint16_t id, const char *what, const struct options *o)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "port_%u_%s", id, what);
	return rte_pktmbuf_pool_create(name, (unsigned int)o->mbufs, CACHE, 0,
				       RTE_MBUF_DEFAULT_BUF_SIZE, rte_eth_dev_socket_id(id));
}

static int pools(struct port *p, const struct options *o, char *err)
{
	p->rx = pool(p->id, "rx", o);
	p->tx = pool(p->id, "tx", o);
	if (!p->rx || !p->tx)
		return fail(err, p->id, "no memory for its buffers (--mbufs, EAL's -m)",
			    -rte_errno);
	rte_mempool_obj_iter(p->tx, clear, NULL);
	return 0;
}

static int queues(const struct port *p, uint16_t nr_rx, uint16_t nr_tx)
{
	int socket = rte_eth_dev_socket_id(p->id), ret = 0;

	for (uint16_t q = 0; q < p->queues && !ret; q++)
		ret = rte_eth_rx_queue_setup(p->id, q, nr_rx, (unsigned int)socket, NULL, p->rx);
	for (uint16_t q = 0; q < p->queues && !ret; q++)
		ret = rte_eth_tx_queue_setup(p->id, q, nr_tx, (unsigned int)socket, NULL);
	return ret;
}

static int configure(struct port *p, const struct options *o, char *err)
{
	const struct rte_eth_conf conf = {0}; /* no offloads, one group of queues, no interrupts */
	uint16_t nr_rx = (uint16_t)o->descriptors, nr_tx = nr_rx;
	struct rte_ether_addr mac;
	struct rte_eth_dev_info info;
	int ret;

	ret = rte_eth_dev_info_get(p->id, &info);
	if (ret)
		return fail(err, p->id, "says nothing of itself", ret);
	if (p->queues > info.max_rx_queues || p->queues > info.max_tx_queues) {
		snprintf(err, OPTIONS_ERR,
			 "port %u: --queues: has %u receive and %u transmit queues", p->id,
			 info.max_rx_queues, info.max_tx_queues);
		return -EINVAL;
	}
	ret = rte_eth_dev_configure(p->id, p->queues, p->queues, &conf);
	if (!ret)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &nr_rx, &nr_tx);
	if (!ret)
		ret = queues(p, nr_rx, nr_tx);
	if (!ret)
		ret = rte_eth_macaddr_get(p->id, &mac);
	if (ret)
		return fail(err, p->id, "cannot be configured", ret);
	memcpy(p->mac, mac.addr_bytes, sizeof(p->mac));
	return 0;
}

static int link_wait(const struct port *p, const struct options *o, char *err)
{
	struct rte_eth_link link = {0};

	for (uint64_t ms = 0;; ms++) {
		int ret = rte_eth_link_get_nowait(p->id, &link);

		if (ret || link.link_status == RTE_ETH_LINK_UP)
			return ret ? fail(err, p->id, "no state of its link", ret) : 0;
		if (ms >= o->link_ms)
			break;
		rte_delay_us_sleep(1000);
	}
	snprintf(err, OPTIONS_ERR, "port %u: its link is down (waited %llu ms, --link)", p->id,
		 (unsigned long long)o->link_ms);
	return -ENETDOWN;
}

static int start(struct port *p, const struct options *o, char *err)
{
	int ret = configure(p, o, err);

	if (ret)
		return ret;
	ret = rte_eth_dev_start(p->id);
	if (!ret && o->promiscuous)
		ret = rte_eth_promiscuous_enable(p->id);
	if (ret)
		return fail(err, p->id, "cannot be started", ret);
	rte_eth_stats_reset(p->id);
	return link_wait(p, o, err);
}

int port_open(struct port *p, uint16_t id, const struct options *o, char err[OPTIONS_ERR])
{
	int ret;

	*p = (struct port){.id = id, .queues = (uint16_t)o->queues};
	if (!rte_eth_dev_is_valid_port(id)) {
		snprintf(err, OPTIONS_ERR,
			 "port %u: there is none; EAL has %u (-a, --vdev; a function has to be "
			 "bound "
			 "to vfio-pci)",
			 id, rte_eth_dev_count_avail());
		return -ENODEV;
	}
	ret = pools(p, o, err);
	if (!ret)
		ret = start(p, o, err);
	if (ret)
		port_close(p);
	return ret;
}

void port_close(struct port *p)
{
	if (rte_eth_dev_is_valid_port(p->id)) {
		rte_eth_dev_stop(p->id);
		rte_eth_dev_close(p->id);
	}
	rte_mempool_free(p->rx);
	rte_mempool_free(p->tx);
}

void port_device(const struct port *p, struct report_device *d)
{
	struct rte_eth_dev_info info;
	struct rte_eth_stats s;

	memset(d, 0, sizeof(*d));
	if (!rte_eth_dev_info_get(p->id, &info))
		snprintf(d->driver, sizeof(d->driver), "%s", info.driver_name);
	if (rte_eth_dev_get_name_by_port(p->id, d->name))
		d->name[0] = '\0';
	if (rte_eth_stats_get(p->id, &s))
		return;
	d->ipackets = s.ipackets;
	d->opackets = s.opackets;
	d->imissed = s.imissed;
	d->ierrors = s.ierrors;
	d->oerrors = s.oerrors;
	d->rx_nombuf = s.rx_nombuf;
}
