/* message.h: the messages of a DHCPv6 client. */
#ifndef V6NF_NODE_CLIENT_DHCPV6_MESSAGE_H
#define V6NF_NODE_CLIENT_DHCPV6_MESSAGE_H

#include "v6nf/dhcpv6.h"
#include "v6nf/wire/dhcpv6.h"

#if V6NF_DHCPV6
/* Write the payload of the message of this type that the client's state calls for. Return its length. */
uint32_t v6nf_dhcpv6_message_write(const struct v6nf_dhcpv6 *client, uint8_t type, uint8_t *bytes, uint32_t room,
                                   uint64_t now);

/* Return V6NF_DHCPV6_ACCEPTED if the message answers the client's, else why not. is_expected: the client waits for a
 * message of its type. */
enum v6nf_dhcpv6_counter v6nf_dhcpv6_message_check(const struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                                   const struct v6nf_dhcpv6_message *message, bool is_expected);

/* Store the server's identifier. */
void v6nf_dhcpv6_message_store_server(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message);

/* Store DNS servers and the search list. Forget those that the message lacks (RFC 9915, 18.2.10.5). */
void v6nf_dhcpv6_message_store_configuration(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                             const struct v6nf_dhcpv6_message *message);

/* Process the addresses and prefixes in a Reply, of each IA that the client asked for and the server grants. Return
 * false if there is no such IA. */
bool v6nf_dhcpv6_message_store_leases(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message, uint64_t now);

/* Return the number of kinds that an Advertise offers of those that the client asks for: 1 for addresses or prefixes, 2
 * for both, 0 for none. */
uint8_t v6nf_dhcpv6_message_offers(const struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                   const struct v6nf_dhcpv6_message *message);

/* Make the addresses and prefixes of an Advertise those to request. */
void v6nf_dhcpv6_message_store_offers(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message);
#endif

#endif
