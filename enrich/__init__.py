"""Webhooks of a restaurant's systems become a better guest profile, in two halves.

receive     ingress/    a delivery is verified, stored and answered
recognise   sources/    the vendor's JSON becomes events
sift        events/     what changes nothing is counted and dropped
know        identity/   contact points lead to a guest, a guest to a profile
            work/       now the guest is due: due/ and store/ hold it until its turn
understand  mapping/    answers become proposals; visits/ and briefing/ add what checks and bookings say
decide      guests/     desired state against the profile as it is: the smallest patch
write       crm/        the patch is sent; touches/ asks the guest
account     ledger/     a receipt for every value, with its reason
"""
