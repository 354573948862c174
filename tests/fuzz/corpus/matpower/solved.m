function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;
2 1 50 10 5 0 7 1.2 0 110 1 1.1 0.9;
];
mpc.gen = [1 60 0 Inf -Inf 1 100 1 80 0];
mpc.branch = [1 2 0.01 0.1 0 0 0 0 0 0 1 -360 360 60 5 -57.2 -4];
mpc.genfuel = {'coal'};
mpc.gen_intensity = [1 0.9];
