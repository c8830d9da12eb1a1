/* main.c: calls of every Eva driver. */
int main(void)
{
    prove_bytes();
    prove_checksum();
    prove_siphash();
    prove_address();
    prove_ether();
    prove_format();
    prove_text();
    prove_packets();
    prove_ext();
    prove_mld();
    prove_router();
    prove_dhcpv6();
    return 0;
}
