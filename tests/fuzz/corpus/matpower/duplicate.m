function mpc = d
mpc.baseMVA = 100;
mpc.bus = [5 3 0 0 0 0 1 1 0 110 1 1.1 0.9; 5 1 0 0 0 0 1 1 0 110 1 1.1 0.9];
